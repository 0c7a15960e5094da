import type { KeySetSource } from "./key-set.ts";
import type { Verification, VerificationRule } from "./verification.ts";

/** Verifies tokens one by one for a caller that must not care where that happens. */
export interface TokenVerifier {
  /**
   * What comes of looking at `token`. Rejects only where nobody could look: `PoolSaturatedError` at
   * once, `PoolFailedError` and `KeySetError` later.
   */
  verify(token: string, rule: VerificationRule, keys: KeySetSource): Promise<Verification>;
  /** Ends its threads. What still waits is rejected. */
  close(): Promise<void>;
}
