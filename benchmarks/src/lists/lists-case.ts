import { do_not_optimize as use } from "mitata";

import type { BenchCase, CaseResult, ResultRow, RunLength } from "../report/case-result.ts";
import { spreadOf } from "../statistics.ts";
import { type RoundTimes, timeInRounds, type TimedSubject } from "../timing/rounds.ts";
import { FilledLists } from "../workload/filled-lists.ts";
import { addSubjects } from "./add-subjects.ts";
import { lookUpSubjects } from "./look-up-subjects.ts";

const SIZES: Readonly<Record<RunLength, readonly number[]>> = {
  short: [1000, 1_000_000],
  full: [1000, 10_000, 100_000, 1_000_000, 10_000_000],
};
const ROUNDS = { rounds: 15, warmUps: 3, roundMs: 8 };
/** Shorter, because before each of its passes a list of a million entries is put back as it was. */
const ADD_ROUNDS = { ...ROUNDS, roundMs: 0.4 };

/** Looking identifiers up in the lists, and adding to them. */
export const LISTS: BenchCase = {
  name: "lists",
  run: async (say, length) => runCase(say, SIZES[length]),
};

function runCase(say: (progress: string) => void, sizes: readonly number[]): CaseResult {
  const rowsBySize = sizes.map((size) => {
    say(`${size} entries`);
    return measure(size);
  });
  return {
    name: LISTS.name,
    title: "look-up and addition",
    method: [
      `${ROUNDS.rounds} interleaved rounds in one thread; nanoseconds per call, median (first to last decile).`,
      "Values of 36 characters, in strings made anew for each pass, as those of a request are: none",
      "carries a hash code from an earlier look-up. «By key» has the keyed hash done already, as the",
      "token cache has it. Hits and misses have been checked before. A Map of ten million strings takes",
      "more than the heap that Node allows, so there is none in the table of that size.",
    ],
    tables: sizes.map((size, at) => ({
      caption: `${size.toLocaleString("en-US")} entries`,
      columns: ["ns"],
      rows: rowsBySize[at] ?? [],
    })),
    figures: [],
    skipped: [],
    notes: sizes.map((size) => {
      const bytes = new FilledLists(size, 0).bytesPerEntry(size).toFixed(1);
      return `${size.toLocaleString("en-US")} entries take ${bytes} bytes of shared memory each`;
    }),
  };
}

function measure(size: number): ResultRow[] {
  const lookUps = lookUpSubjects(size);
  const additions = addSubjects(size);
  return [
    ...rowsOf(timeInRounds(lookUps, ROUNDS, use), lookUps),
    ...rowsOf(timeInRounds(additions, ADD_ROUNDS, use), additions),
  ];
}

function rowsOf(times: RoundTimes, subjects: readonly TimedSubject[]): ResultRow[] {
  return subjects.map(({ name }) => ({
    subject: name,
    cells: [spreadOf(times.get(name) ?? [])],
  }));
}
