const CALLS = 10_000;
const ROUNDS = 4;

/**
 * The bytes of garbage that one call leaves behind, at best over several rounds.
 *
 * Needs `--expose-gc` and a nursery that takes a whole round (`--min-semi-space-size=64`): a
 * collection in the middle would hide what it frees. Below 1 means that nothing is allocated.
 */
export function bytesPerCall(call: (index: number) => unknown): number {
  const collect = globalThis.gc;
  if (collect === undefined) throw new TypeError("bytesPerCall needs --expose-gc");
  let lowest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let index = 0; index < CALLS; index++) call(index);
    lowest = Math.min(lowest, process.memoryUsage().heapUsed - before);
  }
  return Math.max(0, lowest / CALLS);
}
