/** One entry as it is written in a file, before it is known to make sense. */
export interface ListRow {
  /** Where it stands in the file, from 1. */
  readonly line: number;
  readonly type: string;
  readonly name: string;
  readonly value: string;
  /** Seconds since 1970; 0: never. */
  readonly expiresAt: number;
}

/** The ways to write a list in a file. */
export const LIST_FORMATS = ["text", "csv", "view"] as const;
export type ListFormat = (typeof LIST_FORMATS)[number];

/** The rows of a file, and what was wrong with it: one sentence for each line that is no entry. */
export interface ParsedList {
  readonly rows: readonly ListRow[];
  readonly problems: readonly string[];
}

/** Where something stands in a file, and what was expected there. Never repeats what stands there. */
export function problemAt(line: number, column: number, expected: string): string {
  return `line ${line}, column ${column}: ${expected}`;
}
