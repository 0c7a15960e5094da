import type { FoundValue, Lookup } from "../headers/lookup.ts";
import { decodeFormText, escapedByte } from "./percent-encoding.ts";

const SPACE = 0x20;
const PERCENT = 0x25;
const EQUALS = 0x3d;
const DELETE = 0x7f;

const AMPERSAND = 0x26;
const HASH = 0x23;
const PLUS = 0x2b;

/**
 * Whether a raw query, without its `?`, can be forwarded byte for byte.
 *
 * Refused are control characters, blanks, bytes beyond ASCII, `#`, and a `%` without two hexadecimal
 * digits. The visible characters that RFC 3986 does not list pass: browsers send some of them raw
 * (`[ ] { } | \ ^`), and in a query none has a second meaning. Escapes are not decoded, so bytes that are not
 * UTF-8 pass as well.
 */
export function isWellFormedQuery(raw: string): boolean {
  for (let i = 0; i < raw.length; i++) {
    const code = raw.charCodeAt(i);
    if (code <= SPACE || code >= DELETE || code === HASH) return false;
    if (code === PERCENT && escapedByte(raw, i) < 0) return false;
  }
  return true;
}

/**
 * Finds the one parameter whose decoded name is `name` and writes its decoded value to `out`.
 *
 * Decodes as `application/x-www-form-urlencoded` does: `+` is a blank, escapes are UTF-8, only `&`
 * separates, and `name` without `=` has an empty value. The parameter is `repeated` however the
 * names are spelt. Its value, and any name, that is not UTF-8 is `malformed`: readers differ on it.
 */
export function findQueryParameter(query: string, name: string, out: FoundValue): Lookup {
  out.value = "";
  let valueStart = -1;
  let valueEnd = -1;
  let start = 0;
  while (start < query.length) {
    const nameEnd = endOfName(query, start);
    const end = endOfParameter(query, nameEnd);
    const isSame = isSameName(query, start, nameEnd, name);
    if (isSame === undefined) return "malformed";
    if (isSame) {
      if (valueStart !== -1) return "repeated";
      valueStart = Math.min(nameEnd + 1, end);
      valueEnd = end;
    }
    start = end + 1;
  }
  if (valueStart === -1) return "absent";
  const value = decodeBetween(query, valueStart, valueEnd);
  if (value === undefined) return "malformed";
  out.value = value;
  return "found";
}

function endOfName(query: string, start: number): number {
  let i = start;
  while (i < query.length) {
    const code = query.charCodeAt(i);
    if (code === EQUALS || code === AMPERSAND) break;
    i++;
  }
  return i;
}

function endOfParameter(query: string, from: number): number {
  const end = query.indexOf("&", from);
  return end === -1 ? query.length : end;
}

/** `undefined`: the name does not decode. */
function isSameName(query: string, start: number, end: number, name: string): boolean | undefined {
  if (!isEncoded(query, start, end)) {
    return end - start === name.length && query.startsWith(name, start);
  }
  const decoded = decodeFormText(query.slice(start, end));
  return decoded === undefined ? undefined : decoded === name;
}

function decodeBetween(query: string, start: number, end: number): string | undefined {
  const text = query.slice(start, end);
  return isEncoded(query, start, end) ? decodeFormText(text) : text;
}

function isEncoded(query: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const code = query.charCodeAt(i);
    if (code === PERCENT || code === PLUS) return true;
  }
  return false;
}
