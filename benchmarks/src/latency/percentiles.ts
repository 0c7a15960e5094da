import type { Cell } from "../report/case-result.ts";
import { quantile, type Spread, spreadOf } from "../statistics.ts";

/** Parts of the samples, for the spread of a percentile. */
const PARTS = 5;

/** The titles of `percentileCells`. */
export const PERCENTILE_COLUMNS: readonly string[] = [
  "p50",
  "p90",
  "p99",
  "p99.9",
  "p99.99",
  "max",
];

/** A quantile, and how many samples it takes for one to lie beyond it. */
const QUANTILES = [
  { q: 0.5, least: 2 },
  { q: 0.9, least: 10 },
  { q: 0.99, least: 100 },
  { q: 0.999, least: 1000 },
  { q: 0.9999, least: 10_000 },
  { q: 1, least: 1 },
];

/** Percentiles of all samples; one that so few samples cannot show is left empty. */
export function percentileCells(samples: readonly number[]): Cell[] {
  const sorted = samples.toSorted((a, b) => a - b);
  return QUANTILES.map(({ least, q }) => (sorted.length < least ? "" : quantile(sorted, q)));
}

/** A percentile with its spread over consecutive parts of the samples. */
export function percentileSpread(samples: readonly number[], q: number): Spread {
  const size = Math.ceil(samples.length / PARTS);
  const parts = Array.from({ length: PARTS }, (_, at) =>
    quantile(samples.slice(at * size, (at + 1) * size), q),
  ).filter(Number.isFinite);
  // The median of all samples, not of the parts: a part has too few for its tail.
  return { ...spreadOf(parts), median: quantile(samples, q) };
}
