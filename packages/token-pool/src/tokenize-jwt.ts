import { findJwtParts, type JwtSpans } from "./find-jwt-parts.ts";

/**
 * Finds the three parts of a compact JWS and writes them to `out`. Nothing is decoded or verified.
 *
 * Returns `false`, with `out` unspecified, unless there are exactly two dots, header and payload are
 * base64url of a possible length, and the signature, which may be empty, is of the base64url
 * alphabet. Padding is outside of it (RFC 7515 §2). Nothing is copied or allocated.
 */
export function tokenizeJwt(token: string, out: JwtSpans): boolean {
  if (!findJwtParts(token, out)) return false;
  const { headerEnd, payloadEnd } = out;
  const payloadStart = headerEnd + 1;
  return (
    isPossibleLength(headerEnd) &&
    isPossibleLength(payloadEnd - payloadStart) &&
    isBase64Url(token, 0, headerEnd) &&
    isBase64Url(token, payloadStart, payloadEnd) &&
    isBase64Url(token, payloadEnd + 1, token.length)
  );
}

/** Four characters stand for three bytes; a single one left over stands for none. */
function isPossibleLength(length: number): boolean {
  return length % 4 !== 1;
}

function isBase64Url(token: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    if (!isBase64UrlCode(token.charCodeAt(i))) return false;
  }
  return true;
}

function isBase64UrlCode(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) || // a-z
    (code >= 0x41 && code <= 0x5a) || // A-Z
    (code >= 0x30 && code <= 0x39) || // 0-9
    code === 0x2d || // -
    code === 0x5f // _
  );
}
