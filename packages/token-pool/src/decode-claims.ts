import type { Claims } from "./claims.ts";
import { decodeJsonPart } from "./decode-json-part.ts";
import { findJwtParts, JwtSpans } from "./find-jwt-parts.ts";

/** No real payload comes near: a request's whole head is usually capped below it. */
const MAX_PAYLOAD_BYTES = 16 * 1024;
const MAX_PAYLOAD_CHARS = Math.ceil((MAX_PAYLOAD_BYTES * 4) / 3);

/**
 * Reads the claims out of a compact JWS. Decodes only: neither signature nor `exp`, `nbf` or `aud`
 * is looked at, so the claims are what the token's sender says. They may tell who to refuse, never
 * whom to trust.
 *
 * `undefined` unless the payload is unpadded base64url in its one canonical spelling, at most 16 KiB
 * of valid UTF-8, and a JSON object; of a claim named twice the last one counts (RFC 7519 §4).
 * Header and signature are only found, not judged: a token that a lenient upstream still takes must
 * not lose its user name here. Never throws.
 */
export function decodeClaims(token: string): Claims | undefined {
  const spans = new JwtSpans();
  if (!findJwtParts(token, spans)) return undefined;
  if (spans.payloadEnd - spans.headerEnd - 1 > MAX_PAYLOAD_CHARS) return undefined;
  return decodeJsonPart(token.slice(spans.headerEnd + 1, spans.payloadEnd))?.members;
}
