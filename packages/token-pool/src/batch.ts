import { pack, unpack } from "msgpackr";

import type { Verification, VerificationRule } from "./verification.ts";

/** Tokens that travel to a worker together, each with the places of its rule and its keys. */
export interface Batch {
  readonly nowMs: number;
  readonly rules: readonly VerificationRule[];
  readonly tokens: readonly BatchedToken[];
}

export type BatchedToken = readonly [token: string, rule: number, keys: number];

/** What came of each token of a batch, in its order; `undefined`: its keys cannot be used. */
export type BatchAnswer = readonly (Verification | undefined)[];

/** The bytes of `value` in a buffer of their own, fit to be transferred to another thread. */
export function packOwned(value: Batch | BatchAnswer): Uint8Array<ArrayBuffer> {
  // The packer's own buffer is shared by all it packs.
  return Uint8Array.from(pack(value));
}

/** The inverse, on the other side. Both sides are this program. */
export function unpackBatch(bytes: Uint8Array): Batch {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- bytes keep no types
  return unpack(bytes) as Batch;
}

export function unpackAnswer(bytes: Uint8Array): BatchAnswer {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- bytes keep no types
  return unpack(bytes) as BatchAnswer;
}
