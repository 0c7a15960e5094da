import { move } from "piscina";

import { type BatchedToken, packOwned, unpackBatch } from "./batch.ts";
import { KeyRing } from "./key-ring.ts";
import type { KeySetSource } from "./key-set.ts";
import type { Verification, VerificationRule } from "./verification.ts";
import { verifyToken } from "./verify-token.ts";

/** One task of a worker: a packed `Batch`, and the keys it refers to. */
export interface WorkerTask {
  readonly batch: Uint8Array;
  readonly keys: readonly KeySetSource[];
}

const ring = new KeyRing();

/** Verifies every token of a batch. Returns a packed `BatchAnswer`, which is transferred. */
export async function verifyBatch({ batch, keys }: WorkerTask): Promise<ReturnType<typeof move>> {
  const { nowMs, rules, tokens } = unpackBatch(batch);
  const answers = await Promise.all(tokens.map((token) => verifyOne(token, rules, keys, nowMs)));
  return move(packOwned(answers));
}

async function verifyOne(
  [token, ruleAt, keysAt]: BatchedToken,
  rules: readonly VerificationRule[],
  keys: readonly KeySetSource[],
  nowMs: number,
): Promise<Verification | undefined> {
  const rule = rules[ruleAt];
  const source = keys[keysAt];
  if (rule === undefined || source === undefined) return undefined;
  try {
    return await verifyToken(token, rule, await ring.get(source), nowMs);
  } catch {
    // Keys that cannot be used. Whoever brought them has been told why when they came.
    return undefined;
  }
}
