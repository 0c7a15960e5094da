import { Buffer } from "node:buffer";

import { type Claims, isClaims } from "./claims.ts";
import { findJwtParts, JwtSpans } from "./find-jwt-parts.ts";

/** No real payload comes near: a request's whole head is usually capped below it. */
const MAX_PAYLOAD_BYTES = 16 * 1024;
const MAX_PAYLOAD_CHARS = Math.ceil((MAX_PAYLOAD_BYTES * 4) / 3);

/** `ignoreBOM` keeps a byte order mark in the text, where `JSON.parse` refuses it (RFC 8259 §8.1). */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

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
  const payload = token.slice(spans.headerEnd + 1, spans.payloadEnd);
  const bytes = Buffer.from(payload, "base64url");
  // Buffer skips what it does not know, takes `+` and `/` too, and keeps the low byte only of a
  // character such as U+0141. Encoding back finds every one of these.
  if (bytes.toString("base64url") !== payload) return undefined;
  return parseClaims(bytes);
}

function parseClaims(bytes: Uint8Array): Claims | undefined {
  try {
    const value: unknown = JSON.parse(utf8.decode(bytes));
    return isClaims(value) ? value : undefined;
  } catch {
    // Not UTF-8 or not JSON. The error would quote the payload, so it goes no further.
    return undefined;
  }
}
