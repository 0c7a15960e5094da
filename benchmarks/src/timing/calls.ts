import { performance } from "node:perf_hooks";

import { quantile } from "../statistics.ts";

/** Nanoseconds of the middle call, and of the slowest in a hundred; reading the clock once is part of each. */
export interface CallTimes {
  readonly p50: number;
  readonly p99: number;
}

export interface CallPlan {
  readonly calls: number;
  /** Calls in front that do not count. */
  readonly warmUps: number;
}

/**
 * Times calls one by one. In batches of 32 the kernel's timer, 250 times a second for some 40 µs, was in more
 * than one sample of a hundred, so that the p99 was the timer's, whatever was called: of single calls of a
 * microsecond it is in one of some thousands.
 *
 * `prepare` and `call` get the number of the call, for them to take another input each time; `prepare` is not timed.
 */
export function timeCalls(
  prepare: (index: number) => unknown,
  call: (index: number) => unknown,
  { calls, warmUps }: CallPlan,
  use: (result: unknown) => void,
): CallTimes {
  const samples: number[] = [];
  for (let index = 0; index < warmUps + calls; index++) {
    use(prepare(index));
    const before = performance.now();
    use(call(index));
    const took = performance.now() - before;
    if (index >= warmUps) samples.push(took * 1e6);
  }
  return { p50: quantile(samples, 0.5), p99: quantile(samples, 0.99) };
}
