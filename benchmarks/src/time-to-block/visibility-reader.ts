import { workerData } from "node:worker_threads";

import { compileHashKey } from "@portcullis/core";

import { attachLists, isDenied } from "../workload/filled-lists.ts";
import { OVER, READY, SEEN, type VisibilityData, WANTED } from "./visibility-data.ts";

/** Entry of the thread that looks: for each round it asks until the entry is there. */
// Of `measureVisibility`, which starts this thread.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- threads share no types
const { buffers, keys, rounds, seenAt, signals } = workerData as VisibilityData;
const lists = attachLists(compileHashKey(new Uint8Array(16).fill(7)), buffers);
for (let round = 1; round <= rounds && isWanted(round); round++) {
  if (isDenied(lists.flagsOf(keys, 0, 1))) throw new TypeError("denied before it was written");
  Atomics.store(signals, READY, round);
  while (!isDenied(lists.flagsOf(keys, 0, 1)));
  seenAt[round - 1] = process.hrtime.bigint();
  Atomics.store(signals, SEEN, round);
}

/** Waits for a round; false if there will be none. */
function isWanted(round: number): boolean {
  for (;;) {
    const wanted = Atomics.load(signals, WANTED);
    if (wanted === round || wanted === OVER) return wanted === round;
  }
}
