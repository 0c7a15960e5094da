/** The middle of some samples and how far apart they lie. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** The value below which the share `q` (0 to 1) of `samples` lies, interpolated; NaN without samples. */
export function quantile(samples: readonly number[], q: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * q;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? below;
  return below + (above - below) * (position - Math.floor(position));
}

/** The median of `samples` between their first and last decile. */
export function spreadOf(samples: readonly number[]): Spread {
  return {
    median: quantile(samples, 0.5),
    low: quantile(samples, 0.1),
    high: quantile(samples, 0.9),
  };
}

/**
 * The ratios of two subjects round by round: what slows the machine for a while slows both of one
 * round, so the ratio is steadier than either. Rounds that only one of them has are left out.
 */
export function ratios(of: readonly number[], to: readonly number[]): number[] {
  const rounds = Math.min(of.length, to.length);
  return Array.from({ length: rounds }, (_, round) => (of[round] ?? 0) / (to[round] ?? 0));
}

/** Whether the median of `measured` keeps to `atMost`. NaN does not. */
export function holds(measured: Spread, atMost: number): boolean {
  return measured.median <= atMost;
}
