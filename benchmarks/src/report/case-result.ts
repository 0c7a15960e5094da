import type { Spread } from "../statistics.ts";
import type { Plot } from "./plot.ts";

/** What one case found out, ready to be written as JSON and as a table. */
export interface CaseResult {
  readonly name: string;
  readonly title: string;
  /** How it was measured, in sentences. */
  readonly method: readonly string[];
  readonly tables: readonly ResultTable[];
  readonly figures: readonly Figure[];
  /** Besides the figures: what `budgets.json` may bound. */
  readonly ratios?: readonly NamedRatio[];
  readonly plots?: readonly Plot[];
  readonly skipped: readonly Skipped[];
  readonly notes: readonly string[];
}

/** One table: the subjects down, what was measured across. */
export interface ResultTable {
  readonly caption: string;
  /** Titles of the cells, without the first one, which is the subject. */
  readonly columns: readonly string[];
  readonly rows: readonly ResultRow[];
}

export interface ResultRow {
  readonly subject: string;
  readonly cells: readonly Cell[];
}

/** An empty string: does not apply. */
export type Cell = Spread | number | string;

/** One line of «Figures to hold». */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly atMost: number;
  readonly measured: Spread;
}

/** One subject's measure divided by another's in the same run. */
export interface NamedRatio {
  readonly name: string;
  readonly measured: Spread;
}

/** A subject that was not measured, and why. */
export interface Skipped {
  readonly subject: string;
  readonly reason: string;
}

/** One thing to measure. Each runs in a process of its own, so that none warms or spoils another. */
export interface BenchCase {
  readonly name: string;
  run(say: (progress: string) => void, length: RunLength): Promise<CaseResult>;
}

/** All short runs together keep under five minutes on two cores; full ones take what they need. */
export type RunLength = "short" | "full";
