export { claimText } from "./claim-text.ts";
export type { Claims } from "./claims.ts";
export { decodeClaims } from "./decode-claims.ts";
export {
  extractIdentifiers,
  type IdentifierClaims,
  type TokenIdentifiers,
} from "./extract-identifiers.ts";
export { JwtSpans } from "./find-jwt-parts.ts";
export { readJsonObject } from "./read-json-object.ts";
export { isCanonicalJws } from "./is-canonical-jws.ts";
export { tokenizeJwt } from "./tokenize-jwt.ts";
export { twinOfToken } from "./twin-of-token.ts";
