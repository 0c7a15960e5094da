import type { Store } from "../../src/store.ts";

/** One behaviour that every implementation of the store has. */
export interface ContractRow {
  readonly name: string;
  readonly values?: "hashed";
  readonly run: (store: Store) => Promise<void>;
}

/** Values that attackers choose, each different from each other. */
export const HOSTILE: readonly string[] = [
  "",
  "__proto__",
  "constructor",
  "a\0b",
  "a\r\nb",
  "\u{1b}[31m",
  "\ud800",
  "\ud801",
  "\ufffd",
  "\u{1f600}",
  "\u00e9",
  "e\u0301",
  "x".repeat(100_000),
];
