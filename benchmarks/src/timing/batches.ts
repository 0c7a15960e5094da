import { quantile } from "../statistics.ts";

/** Nanoseconds per call in the middle batch and in the slowest hundredth. */
export interface BatchTimes {
  readonly p50: number;
  readonly p99: number;
  /** Batches that were left out, because the kernel gave the processor to somebody else in between. */
  readonly interrupted: number;
}

/**
 * Times `call` in batches, since reading the clock costs about as much as a fast call: each sample
 * is a batch's time divided by its size. A slow call shows in its batch, weakened by the others.
 *
 * A batch in which this process had to give up its processor says how busy the machine is, and is
 * left out. `call` gets the number of the call, for it to take another input each time.
 */
export function timeBatches(
  call: (index: number) => unknown,
  options: { readonly batches: number; readonly batchSize: number; readonly warmUps: number },
  use: (result: unknown) => void,
): BatchTimes {
  const samples: number[] = [];
  let interrupted = 0;
  let index = 0;
  let switches = 0;
  for (let batch = 0; batch < options.warmUps + options.batches; batch++) {
    const before = performance.now();
    for (let i = 0; i < options.batchSize; i++) use(call(index++));
    const perCall = ((performance.now() - before) * 1e6) / options.batchSize;
    const switchesNow = process.resourceUsage().involuntaryContextSwitches;
    const isInterrupted = switchesNow !== switches;
    switches = switchesNow;
    if (batch < options.warmUps) continue;
    if (isInterrupted) interrupted++;
    else samples.push(perCall);
  }
  return { p50: quantile(samples, 0.5), p99: quantile(samples, 0.99), interrupted };
}
