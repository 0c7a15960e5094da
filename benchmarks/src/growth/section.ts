import type { CaseResult, Figure, NamedRatio, ResultTable } from "../report/case-result.ts";
import type { Plot } from "../report/plot.ts";

/** A part of the result of the case. */
export interface Section {
  readonly tables: readonly ResultTable[];
  readonly figures?: readonly Figure[];
  readonly ratios?: readonly NamedRatio[];
  readonly plots?: readonly Plot[];
}

/** What all sections are measured with. */
export interface GrowthContext {
  readonly wrk: string;
  /** For the servers; exists, and is removed afterwards. */
  readonly directory: string;
  readonly upstream: { readonly host: string; readonly port: number };
  readonly say: (progress: string) => void;
  readonly isFull: boolean;
  readonly rounds: number;
  readonly seconds: number;
}

/** All sections in one result. */
export function joinSections(
  sections: readonly Section[],
): Pick<CaseResult, "tables" | "figures" | "ratios" | "plots"> {
  return {
    tables: sections.flatMap(({ tables }) => tables),
    figures: sections.flatMap(({ figures = [] }) => figures),
    ratios: sections.flatMap(({ ratios = [] }) => ratios),
    plots: sections.flatMap(({ plots = [] }) => plots),
  };
}
