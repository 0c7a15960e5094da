import type { IdentifierClaims } from "./extract-identifiers.ts";

/** The signature algorithms that can be pinned (RFC 7518 §3.1, RFC 8037). `none` is not among them. */
export const ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "HS256",
  "HS384",
  "HS512",
] as const;

export type Algorithm = (typeof ALGORITHMS)[number];

/** What a token must be to be believed. */
export interface VerificationRule extends IdentifierClaims {
  /** What `iss` must say. */
  readonly issuer: string;
  /** `aud` must name one of them; empty: it is not looked at. */
  readonly audiences: readonly string[];
  readonly algorithms: readonly Algorithm[];
  /** Seconds by which clocks may differ. */
  readonly clockTolerance: number;
}

/** Why a token is not believed. */
export type Refusal =
  | "malformed"
  | "too-large"
  | "algorithm"
  | "unknown-key"
  | "signature"
  | "issuer"
  | "audience"
  | "expired"
  | "not-yet-valid"
  | "claims";

/** What came of looking at one token. */
export interface Verification {
  readonly outcome: "verified" | Refusal;
  /** Of a verified token, as are the others below: else empty and 0. */
  readonly username: string;
  readonly clientId: string;
  readonly algorithm: string;
  /** Unix second from which on the token is no longer valid, tolerance included. */
  readonly validUntil: number;
}

/** Characters that a token may have: no real one comes near, and each costs time to look at. */
export const MAX_TOKEN_LENGTH: number = 16 * 1024;

export function refused(outcome: Refusal): Verification {
  return { outcome, username: "", clientId: "", algorithm: "", validUntil: 0 };
}
