import { once } from "node:events";
import { Worker } from "node:worker_threads";

import { hashIdentifier, KEY_WORDS } from "@portcullis/core";

import { FilledLists } from "../workload/filled-lists.ts";
import type { RoundLimit } from "./request-rounds.ts";
import { OVER, READY, SEEN, SIGNALS, type VisibilityData, WANTED } from "./visibility-data.ts";

const ENTRIES = 10_000;

/**
 * Microseconds from the call that writes an entry to the moment at which another thread, which
 * asks all the time, is told that it is denied. Both threads spin, so each needs a processor.
 */
export async function measureVisibility({ count: rounds, seconds }: RoundLimit): Promise<number[]> {
  const endMs = performance.now() + seconds * 1000;
  const filled = new FilledLists(ENTRIES, rounds);
  const data: VisibilityData = {
    buffers: filled.buffers,
    rounds,
    keys: new Int32Array(new SharedArrayBuffer(KEY_WORDS * 4)),
    signals: new Int32Array(new SharedArrayBuffer(SIGNALS * 4)),
    seenAt: new BigInt64Array(new SharedArrayBuffer(rounds * 8)),
  };
  const reader = new Worker(new URL("visibility-reader.js", import.meta.url), {
    workerData: data,
  });
  const ended = once(reader, "exit");
  const { keys, seenAt, signals } = data;
  const written: bigint[] = [];
  for (let round = 1; round <= rounds && performance.now() < endMs; round++) {
    hashIdentifier(filled.key, 0, "", `visible${round}`, keys, 0);
    Atomics.store(signals, WANTED, round);
    await spinUntil(signals, READY, round);
    written.push(process.hrtime.bigint());
    filled.add(keys);
    await spinUntil(signals, SEEN, round);
  }
  Atomics.store(signals, WANTED, OVER);
  await ended;
  return written.map((at, index) => Number((seenAt[index] ?? 0n) - at) / 1000);
}

/** Waits without giving the processor away, but for a while now and then, should the reader have failed. */
async function spinUntil(signals: Int32Array, place: number, round: number): Promise<void> {
  const deadline = performance.now() + 10_000;
  for (let spins = 1; Atomics.load(signals, place) !== round; spins++) {
    if (spins % 100_000 !== 0) continue;
    if (performance.now() > deadline) throw new TypeError("the other thread does not answer");
    await new Promise(setImmediate);
  }
}
