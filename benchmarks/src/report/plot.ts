import type { Spread } from "../statistics.ts";

/** A picture of some results, written as `NAME.svg`. */
export type Plot = BarPlot | LinePlot;

/** One bar a subject, with a line from its low to its high end. */
export interface BarPlot {
  readonly kind: "bars";
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly bars: readonly { readonly name: string; readonly value: Spread }[];
}

/** One line a series over a common axis. */
export interface LinePlot {
  readonly kind: "lines";
  readonly name: string;
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
}

export interface Axis {
  readonly label: string;
  readonly scale: "linear" | "log";
}

export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
}

export interface Point {
  readonly x: number;
  readonly y: number;
}
