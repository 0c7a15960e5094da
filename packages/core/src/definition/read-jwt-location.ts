import { isToken } from "../headers/header-syntax.ts";
import type { JwtLocation, TokenPlace } from "./api-definition.ts";
import { headerName, readCookieName, readQueryName } from "./read-name.ts";
import { listOf, textual } from "./read-primitives.ts";
import { accept, mapRead, type Read, type Reader, refuse } from "./read.ts";

/** Schemes that one API may take tokens under. */
export const MAX_SCHEMES = 16;
const MAX_SCHEME_LENGTH = 64;

/** `qs:NAME`, `h:NAME`, `h:authorization:bearer`, `h:authorization:mac` or `h:cookie:NAME`. */
export const readJwtLocation: Reader<JwtLocation> = textual((text) => {
  // One of the vendor's samples writes a blank behind the colon.
  const [place = "", first = "", second, ...more] = text.split(":").map((part) => part.trim());
  if (more.length > 0) return refuse("too many colons");
  if (place.toLowerCase() === "qs" && second === undefined) return queryLocation(first);
  if (place.toLowerCase() === "h") return headerLocation(first, second);
  return refuse("something else");
});

const readSchemeNames = listOf(
  textual((text) =>
    text.length <= MAX_SCHEME_LENGTH && isToken(text)
      ? accept(text.toLowerCase())
      : refuse("something else"),
  ),
  MAX_SCHEMES,
);

/** Names of authentication schemes (RFC 9110, 11.1), in lower case: at least one. */
export const readSchemes: Reader<readonly string[]> = (value) =>
  Array.isArray(value) && value.length === 0 ? refuse("none") : readSchemeNames(value);

/** A JWT's location but for `h:authorization:...`. */
export const readTokenPlace: Reader<TokenPlace> = (value) => {
  const read = readJwtLocation(value);
  if (!read.ok) return { ...read, rest: undefined };
  const { value: location, warnings } = read;
  return location.in === "authorization"
    ? refuse("a scheme of Authorization, which belongs into schemes")
    : { ok: true, value: location, warnings };
};

function queryLocation(given: string): Read<JwtLocation> {
  return mapRead(readQueryName(given), (name) => ({ in: "query", name }));
}

function headerLocation(header: string, detail: string | undefined): Read<JwtLocation> {
  switch (header.toLowerCase()) {
    case "authorization":
      return authorizationLocation(detail);
    case "cookie":
      return cookieLocation(detail);
    default:
      if (detail !== undefined) return refuse("a scheme for another header");
      return mapRead(headerName(header), (name) => ({ in: "header", name }));
  }
}

function authorizationLocation(scheme: string | undefined): Read<JwtLocation> {
  const lower = scheme?.toLowerCase();
  return lower === "bearer" || lower === "mac"
    ? accept({ in: "authorization", scheme: lower })
    : refuse('"h:authorization" without "bearer" or "mac"');
}

function cookieLocation(given: string | undefined): Read<JwtLocation> {
  if (given === undefined) return refuse('"h:cookie" without the name of the cookie');
  return mapRead(readCookieName(given), (name) => ({ in: "cookie", name }));
}
