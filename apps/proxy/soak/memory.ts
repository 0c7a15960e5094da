import { readFileSync } from "node:fs";

const MIB = 1024 * 1024;
/** The caches are warm and every path of the code has been compiled when so much of the time is over. */
const PLATEAU_FROM = 0.4;
const WINDOW = 0.2;
/** What collections leave lying by chance, from one window to the other. */
const NOISE_BYTES = 10 * MIB;
const NOISE_SHARE = 0.05;
/** In less time nothing has come to a plateau. */
const LEAST_SAMPLES = 240;

/** What the process has in memory of its own: without files that are mapped, which the kernel may drop. */
export function ownBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kilobytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? 0);
  return (kilobytes("RssAnon") + kilobytes("RssShmem")) * 1024;
}

/** What the samples say about growth. */
export interface MemoryVerdict {
  readonly first: number;
  /** The median of a fifth of the time, at the beginning of the plateau. */
  readonly plateau: number;
  /** The median of the last fifth. */
  readonly end: number;
  readonly peak: number;
  /** Also where there are too few samples to tell. */
  readonly isSteady: boolean;
}

/**
 * Judges samples taken at even times. Steady: the median of the last fifth is at most 5 % and 10 MiB
 * above that of the third one. In ten minutes some ten thousand requests lie between the two, so a
 * leak of two kilobytes a request would be seen.
 */
export function judgeMemory(samples: readonly number[]): MemoryVerdict {
  const from = Math.floor(samples.length * PLATEAU_FROM);
  const length = Math.max(1, Math.floor(samples.length * WINDOW));
  const plateau = median(samples.slice(from, from + length));
  const end = median(samples.slice(-length));
  return {
    first: samples[0] ?? 0,
    plateau,
    end,
    peak: Math.max(...samples),
    isSteady: samples.length < LEAST_SAMPLES || end <= plateau * (1 + NOISE_SHARE) + NOISE_BYTES,
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
