export {
  KeySetError,
  PoolClosedError,
  PoolFailedError,
  PoolSaturatedError,
  TokenPoolError,
  type TokenPoolErrorCode,
} from "./errors.ts";
export { InlineVerifier } from "./inline-verifier.ts";
export { KeySet, type KeySetSource } from "./key-set.ts";
export type { TokenVerifier } from "./token-verifier.ts";
export {
  type Algorithm,
  ALGORITHMS,
  MAX_TOKEN_LENGTH,
  type Refusal,
  type Verification,
  type VerificationRule,
} from "./verification.ts";
export { refusalBySight, verifyToken } from "./verify-token.ts";
