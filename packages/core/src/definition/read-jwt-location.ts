import type { JwtLocation } from "./api-definition.ts";
import { headerName, readCookieName, readQueryName } from "./read-name.ts";
import { textual } from "./read-primitives.ts";
import { accept, mapRead, type Read, type Reader, refuse } from "./read.ts";

/** `qs:NAME`, `h:NAME`, `h:authorization:bearer`, `h:authorization:mac` or `h:cookie:NAME`. */
export const readJwtLocation: Reader<JwtLocation> = textual((text) => {
  // One of the vendor's samples writes a blank behind the colon.
  const [place = "", first = "", second, ...more] = text.split(":").map((part) => part.trim());
  if (more.length > 0) return refuse("too many colons");
  if (place.toLowerCase() === "qs" && second === undefined) return queryLocation(first);
  if (place.toLowerCase() === "h") return headerLocation(first, second);
  return refuse("something else");
});

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
