import type { Axis } from "./plot.ts";

/** The longest a linear axis may be divided. */
const MOST_STEPS = 6;
const STEPS = [1, 2, 5, 10];

/** Where values lie on an axis, from 0 to 1, and the values that are written beside it. */
export interface AxisScale {
  readonly place: (value: number) => number;
  readonly ticks: readonly number[];
}

/** An axis that all of `values` fit on. A linear one begins at zero; a logarithmic one takes no zero. */
export function scaleFor(axis: Axis, values: readonly number[]): AxisScale {
  return axis.scale === "log" ? logScale(values) : linearScale(values);
}

function linearScale(values: readonly number[]): AxisScale {
  const highest = Math.max(0, ...values) || 1;
  const size = 10 ** Math.floor(Math.log10(highest / MOST_STEPS));
  const step = size * (STEPS.find((times) => highest / (size * times) <= MOST_STEPS) ?? 10);
  const count = Math.ceil(highest / step);
  const top = count * step;
  return {
    place: (value) => value / top,
    ticks: Array.from({ length: count + 1 }, (_, index) => index * step),
  };
}

function logScale(values: readonly number[]): AxisScale {
  const positive = values.filter((value) => value > 0);
  const from = Math.floor(Math.log10(Math.min(...positive)));
  const to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(...positive))));
  return {
    place: (value) => Math.max(0, (Math.log10(value) - from) / (to - from)),
    ticks: Array.from({ length: to - from + 1 }, (_, index) => 10 ** (from + index)),
  };
}
