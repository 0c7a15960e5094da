import { JwtSpans } from "./find-jwt-parts.ts";
import { tokenizeJwt } from "./tokenize-jwt.ts";

/** The six bits that a base64url character stands for are its place in this. */
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/**
 * Whether `token` is a signed compact JWS in its one spelling: three parts of base64url without
 * padding, blanks or stray bits at the end of a part, which decoders ignore. A token that may be
 * spelt differently could be listed in one spelling and sent in another.
 */
export function isCanonicalJws(token: string): boolean {
  const spans = new JwtSpans();
  if (!tokenizeJwt(token, spans)) return false;
  const { headerEnd, payloadEnd } = spans;
  const signatureStart = payloadEnd + 1;
  return (
    signatureStart < token.length &&
    endsCleanly(token, 0, headerEnd) &&
    endsCleanly(token, headerEnd + 1, payloadEnd) &&
    endsCleanly(token, signatureStart, token.length)
  );
}

/** RFC 4648 §3.5: bits of the last character that stand for no byte are zero. */
function endsCleanly(token: string, start: number, end: number): boolean {
  const over = (end - start) % 4;
  if (over === 0) return true;
  if (over === 1) return false;
  const last = ALPHABET.indexOf(token.charAt(end - 1));
  return (last & (over === 2 ? 0b1111 : 0b11)) === 0;
}
