import { hasUnderscore, isToken } from "../headers/header-syntax.ts";
import { compileHeaderCodes, HEADER } from "../request/header-codes.ts";
import { textual } from "./read-primitives.ts";
import { accept, type Read, type Reader, refuse } from "./read.ts";

const MAX_NAME_LENGTH = 256;
const QUERY_NAME = /^[!$'()*,\-./0-9:<>?@A-Z[\]^_`a-z{|}~]+$/;
const ISSUER_NAME = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;
const CLAIM_NAME = /^[^\p{Cc}\p{Cs}]+$/u;

const STANDARD_CODES = compileHeaderCodes([]);
const REASONS: ReadonlyMap<number, string> = new Map([
  [HEADER.host, "which names the API's host"],
  [HEADER.authorization, 'which "oauth2_access_token" and "jwt" read'],
  [HEADER.cookie, 'which "cookie" reads'],
  [HEADER.contentLength, "which frames the request"],
  [HEADER.transferEncoding, "which frames the request"],
  [HEADER.connection, "which is about one connection only"],
  [HEADER.hopByHop, "which is about one connection only"],
  [HEADER.hops, "which only a proxy may set"],
  [HEADER.proxyOnly, "which only a proxy may set"],
]);

/** The name of a cookie (RFC 6265, 4.1.1). Case matters. */
export const readCookieName: Reader<string> = textual((text) => {
  if (text === "$Version") return refuse('"$Version", which requests are refused for');
  return isName(text, isToken) ? accept(text) : refuse(describeName(text));
});

/** The name of a query parameter, decoded; without the characters that delimit or encode one. */
export const readQueryName: Reader<string> = textual((text) =>
  isName(text, (name) => QUERY_NAME.test(name)) ? accept(text) : refuse(describeName(text)),
);

/** The name of a claim: any text without control characters. */
export const readClaimName: Reader<string> = textual((text) =>
  isName(text, (name) => CLAIM_NAME.test(name)) ? accept(text) : refuse(describeName(text)),
);

/** An audience as tokens name it. */
export const readAudience: Reader<string> = textual((text) =>
  isName(text, (name) => CLAIM_NAME.test(name)) ? accept(text) : refuse(describeName(text)),
);

/** The name that the settings give an issuer of tokens. */
export const readIssuerName: Reader<string> = textual((text) =>
  isName(text, (name) => ISSUER_NAME.test(name)) ? accept(text) : refuse(describeName(text)),
);

/** The name of a header that may carry an identifier, in lower case. */
export const readHeaderName: Reader<string> = textual(headerName);

/** `text` as the name of a header that may carry an identifier. */
export function headerName(text: string): Read<string> {
  if (!isName(text, isToken)) return refuse(describeName(text));
  const name = text.toLowerCase();
  const code = STANDARD_CODES.get(name);
  if (code !== undefined) {
    return refuse(`"${name}", ${REASONS.get(code) ?? "which has a meaning of its own"}`);
  }
  if (name.startsWith("sec-websocket-")) return refuse("a header of the WebSocket handshake");
  return hasUnderscore(name)
    ? accept(name, 'many servers read "_" and "-" in a header name as the same character')
    : accept(name);
}

function isName(text: string, isRight: (text: string) => boolean): boolean {
  return text.length <= MAX_NAME_LENGTH && isRight(text);
}

/** Says why `text` is no name without showing it: a credential is easily put in a name's place. */
function describeName(text: string): string {
  if (text === "") return "an empty string";
  if (text.length > MAX_NAME_LENGTH) return `more than ${MAX_NAME_LENGTH} characters`;
  if (/\s/.test(text)) return "a name with a blank or line break";
  return "a name with characters that are not allowed in it";
}
