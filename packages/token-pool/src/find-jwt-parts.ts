const DOT = ".";

/**
 * Where the parts of a compact JWS (RFC 7515 §7.1) lie in the token they were found in. Owned by
 * the caller and reused across calls.
 *
 * The header is `[0, headerEnd)`, the payload `[headerEnd + 1, payloadEnd)`, the signature
 * `[payloadEnd + 1, token.length)`.
 */
export class JwtSpans {
  headerEnd = 0;
  payloadEnd = 0;
}

/**
 * Finds the three parts by their dots and writes them to `out`; the characters between the dots are
 * not looked at.
 *
 * Returns `false`, with `out` unspecified, unless there are exactly two dots and neither header nor
 * payload is empty. So a JWE (five parts, RFC 7516 §7.1) and a detached payload (RFC 7515 appendix
 * F) are no JWT here: their claims are not in the token. An empty signature is: `alg: none`
 * (RFC 7519 §6) is for whoever verifies to refuse.
 */
export function findJwtParts(token: string, out: JwtSpans): boolean {
  const headerEnd = token.indexOf(DOT);
  const payloadEnd = token.indexOf(DOT, headerEnd + 1);
  out.headerEnd = headerEnd;
  out.payloadEnd = payloadEnd;
  return headerEnd > 0 && payloadEnd > headerEnd + 1 && token.indexOf(DOT, payloadEnd + 1) === -1;
}
