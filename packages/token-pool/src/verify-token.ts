import { errors, jwtVerify } from "jose";

import type { Claims } from "./claims.ts";
import { decodeJsonPart, type JsonPart } from "./decode-json-part.ts";
import { extractIdentifiers } from "./extract-identifiers.ts";
import { hasRepeatedMembers } from "./has-repeated-members.ts";
import { isCanonicalJws } from "./is-canonical-jws.ts";
import type { KeySet } from "./key-set.ts";
import {
  MAX_TOKEN_LENGTH,
  type Refusal,
  refused,
  type Verification,
  type VerificationRule,
} from "./verification.ts";

/** What the header of a token says, once it is known to say it in one way only. */
interface JwsHeader {
  readonly algorithm: string;
  readonly kid: string | undefined;
}

/**
 * Verifies one token: spelling, size, header, signature, `iss`, `aud`, `exp` and `nbf`, in that order.
 *
 * Only `alg` and `kid` of the header are read. A key that the token brings or points to (`jwk`,
 * `jku`, `x5c`, `x5u`) is not looked at, `kid` is compared and never used as a path, and an
 * extension that must be understood (`crit`) is not. Never throws.
 */
export async function verifyToken(
  token: string,
  rule: VerificationRule,
  keys: KeySet,
  nowMs: number,
): Promise<Verification> {
  const early = refusalBySight(token);
  if (early !== undefined) return refused(early);
  const payload = partOf(token, 1);
  const header = readHeader(partOf(token, 0));
  if (header === undefined || payload === undefined) return refused("malformed");
  if (!isPinned(header.algorithm, rule)) return refused("algorithm");
  const key = keys.find(header.kid, header.algorithm);
  if (key === undefined) return refused("unknown-key");
  try {
    const { payload: claims } = await jwtVerify<Claims>(token, key, {
      algorithms: [header.algorithm],
      issuer: rule.issuer,
      ...(rule.audiences.length === 0 ? {} : { audience: [...rule.audiences] }),
      clockTolerance: rule.clockTolerance,
      currentDate: new Date(nowMs),
      requiredClaims: ["exp"],
    });
    if (hasRepeatedMembers(payload.text, claims)) return refused("claims");
    return {
      outcome: "verified",
      ...extractIdentifiers(claims, rule),
      algorithm: header.algorithm,
      validUntil: Math.floor(Number(claims["exp"])) + rule.clockTolerance,
    };
  } catch (error) {
    return refused(refusalOf(error));
  }
}

/**
 * What can be said of a token without its keys: `undefined` for one that is worth the work of
 * verifying it.
 */
export function refusalBySight(token: string): Refusal | undefined {
  if (token.length > MAX_TOKEN_LENGTH) return "too-large";
  return isCanonicalJws(token) ? undefined : "malformed";
}

function isPinned(algorithm: string, rule: VerificationRule): boolean {
  return rule.algorithms.some((pinned) => pinned === algorithm);
}

function partOf(token: string, index: number): JsonPart | undefined {
  return decodeJsonPart(token.split(".", 2)[index] ?? "");
}

function readHeader(part: JsonPart | undefined): JwsHeader | undefined {
  if (part === undefined || hasRepeatedMembers(part.text, part.members)) return undefined;
  const { alg, crit, kid } = part.members;
  if (typeof alg !== "string" || crit !== undefined) return undefined;
  if (kid !== undefined && typeof kid !== "string") return undefined;
  return { algorithm: alg, kid };
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof errors.JWTExpired) return "expired";
  if (error instanceof errors.JWSSignatureVerificationFailed) return "signature";
  if (!(error instanceof errors.JWTClaimValidationFailed)) return "malformed";
  switch (error.claim) {
    case "iss":
      return "issuer";
    case "aud":
      return "audience";
    case "nbf":
      return error.reason === "check_failed" ? "not-yet-valid" : "claims";
    default:
      return "claims";
  }
}
