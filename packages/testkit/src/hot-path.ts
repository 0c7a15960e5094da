import { runInThisContext } from "node:vm";

const CALLS = 200_000;
const ROUNDS = 6;

/**
 * The heap bytes one call of `run` leaves behind, at best over several rounds.
 *
 * Below 4 means that the path does not allocate: one small object costs 48. Needs the `HOT_PATH`
 * preset (`--expose-gc`, a nursery large enough that no scavenge falls inside a round, and a compiler
 * that does not wait for a core of its own).
 */
export function bytesPerCall(run: () => unknown): number {
  const collect = globalThis.gc;
  if (collect === undefined) throw new Error("bytesPerCall needs --expose-gc: use HOT_PATH");
  let lowest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let call = 0; call < CALLS; call++) run();
    const grown = process.memoryUsage().heapUsed - before;
    lowest = Math.min(lowest, grown / CALLS);
  }
  return lowest;
}

/** Whether two objects share one hidden class, so that code reading both stays monomorphic. */
export function sameShape(left: object, right: object): boolean {
  // A script of its own: the syntax of natives cannot be written in a module.
  const haveSameMap: unknown = runInThisContext("(a, b) => %HaveSameMap(a, b)");
  if (typeof haveSameMap !== "function") throw new Error("natives syntax is not available");
  return haveSameMap(left, right) === true;
}
