import { PoolSaturatedError } from "./errors.ts";
import { KeyRing } from "./key-ring.ts";
import type { KeySetSource } from "./key-set.ts";
import type { TokenVerifier } from "./token-verifier.ts";
import type { Verification, VerificationRule } from "./verification.ts";
import { verifyToken } from "./verify-token.ts";

/** Verifies in the thread that asks; Node's own threads do the arithmetic. */
export class InlineVerifier implements TokenVerifier {
  readonly #keys = new KeyRing();
  readonly #limit: number;
  #waiting = 0;

  /** `maxWaiting`: tokens that may be under way at a time. */
  constructor(maxWaiting: number) {
    this.#limit = maxWaiting;
  }

  async verify(token: string, rule: VerificationRule, keys: KeySetSource): Promise<Verification> {
    if (this.#waiting >= this.#limit) throw new PoolSaturatedError(this.#limit);
    this.#waiting++;
    try {
      return await verifyToken(token, rule, await this.#keys.get(keys), Date.now());
    } finally {
      this.#waiting--;
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
