export { claimText } from "./claim-text.ts";
export type { Claims } from "./claims.ts";
export { decodeClaims } from "./decode-claims.ts";
export { JwtSpans } from "./find-jwt-parts.ts";
export { tokenizeJwt } from "./tokenize-jwt.ts";
