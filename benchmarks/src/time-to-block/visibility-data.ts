import type { ListBuffers } from "@portcullis/core";

/** Places in `signals`; each holds the number of a round, from 1. */
export const WANTED: number = 0;
export const READY: number = 1;
export const SEEN: number = 2;
export const SIGNALS: number = 3;

/** In place of a round in `WANTED`: there is none any more. */
export const OVER: number = -1;

/** What the two threads of `measureVisibility` share. */
export interface VisibilityData {
  readonly buffers: ListBuffers;
  readonly rounds: number;
  /** The key of this round's entry. */
  readonly keys: Int32Array;
  readonly signals: Int32Array;
  /** By the clock of the process, in nanoseconds. */
  readonly seenAt: BigInt64Array;
}
