import { setFlagsFromString } from "node:v8";

/** MiB of each half of a nursery: where V8 puts new objects, and copies from what is still in use. */
const HALF_MIB = 8;

/**
 * V8's nurseries as this program needs them. To be called before anything else is imported, since the
 * calling thread's would have grown by then.
 *
 * By itself V8 lets the nursery of every thread grow to 32 MiB and keeps it while there is work. The
 * control thread has use for that in the second in which it starts, and never again; here its nursery
 * stays at 2 MiB until the first edge is started, with which V8 goes back to its own rule. Threads
 * that are started later, the edges above all, have twice `HALF_MIB`: with less, what a thousand
 * connections have under way is copied too often; more saves nothing that shows. And with so little to
 * copy, waking up helpers for it takes longer than the copying. `docs/performance.md` has the
 * measurements.
 *
 * Whoever starts node with a size of their own keeps it.
 */
export function keepNurseriesSmall(nodeOptions: readonly string[]): void {
  if (nodeOptions.some((option) => /semi[-_]space/.test(option))) return;
  setFlagsFromString("--semi-space-growth-factor=1");
  setFlagsFromString(`--min-semi-space-size=${HALF_MIB}`);
  setFlagsFromString(`--max-semi-space-size=${HALF_MIB}`);
  setFlagsFromString("--no-parallel-scavenge");
}
