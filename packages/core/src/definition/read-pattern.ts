import { isToken } from "../headers/header-syntax.ts";
import { oneOf, textual } from "./read-primitives.ts";
import { accept, type Reader, refuse } from "./read.ts";

/** The methods that an API may allow. `CONNECT` and `TRACE` never reach one. */
export const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

/** 127 characters a name (RFC 6838, 4.2), and the slash. */
const MAX_LENGTH = 255;

const readKnownMethod = oneOf(METHODS);

/** One of `METHODS`. Methods are case-sensitive: a lower-case one would match no request. */
export const readMethod: Reader<string> = textual((text) => {
  const read = readKnownMethod(text);
  if (read.ok) return read;
  if (text === "CONNECT" || text === "TRACE") {
    return refuse(`${text}, which is refused before any API is asked`);
  }
  return readKnownMethod(text.toUpperCase()).ok ? refuse("a method in lower case") : read;
});

/** One media type without parameters, in lower case. */
export const readMediaType: Reader<string> = textual((text) => {
  if (text.includes(",")) return refuse("several");
  if (text.includes(";")) return refuse("a media type with parameters");
  if (text.includes("*")) return refuse("a media range");
  const [type = "", subtype = "", ...more] = text.split("/");
  const isMediaType = isToken(type) && isToken(subtype) && more.length === 0;
  return isMediaType && text.length <= MAX_LENGTH
    ? accept(text.toLowerCase())
    : refuse("something else");
});
