import { isBlank } from "../target/char-codes.ts";
import type { FoundValue, Lookup } from "./lookup.ts";

const SPACE = 0x20;
const QUOTE = 0x22;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;
const DELETE = 0x7f;

/** Switches some servers to RFC 2109, where quotes hide separators. No client sends it today. */
const LEGACY_VERSION = "$Version";

/**
 * Finds the cookie `name` in the one `Cookie` header and writes its value to `out`.
 *
 * Names compare exactly, blanks around name and value go, and so do the quotes around a value
 * (RFC 6265 4.1.1): quoted or not, it is one identity. A value may be empty. Where servers would
 * read different cookies out of a header that has the name in it, it is `malformed`: a quote that is
 * not closed before the next `;`, a backslash or quote in the quoted value, `$Version`, or the name
 * with bytes at its ends that some servers trim.
 */
export function findCookie(header: string, name: string, out: FoundValue): Lookup {
  out.value = "";
  if (!header.includes(name)) return "absent";
  let valueStart = -1;
  let valueEnd = -1;
  let start = 0;
  while (start < header.length) {
    const end = endOfPair(header, start);
    const nameStart = skipBlanks(header, start, end);
    const equals = endOfName(header, nameStart, end);
    const nameEnd = trimBlanks(header, nameStart, equals);
    const pairValue = skipBlanks(header, Math.min(equals + 1, end), end);
    const pairEnd = trimBlanks(header, pairValue, end);
    const isNamed = isAt(header, nameStart, nameEnd, name);
    if (isNamed && valueStart !== -1) return "repeated";
    if (hidesSeparator(header, pairValue, pairEnd, isNamed || end < header.length)) {
      return "malformed";
    }
    if (!isNamed && mayPassFor(header, nameStart, nameEnd, name)) return "malformed";
    if (isNamed) {
      valueStart = pairValue;
      valueEnd = pairEnd;
    }
    start = end + 1;
  }
  return valueStart === -1 ? "absent" : takeValue(header, valueStart, valueEnd, out);
}

function takeValue(header: string, start: number, end: number, out: FoundValue): Lookup {
  if (start === end || header.charCodeAt(start) !== QUOTE) {
    out.value = header.slice(start, end);
    return "found";
  }
  for (let i = start + 1; i < end - 1; i++) {
    const code = header.charCodeAt(i);
    if (code === BACKSLASH || code === QUOTE) return "malformed";
  }
  out.value = header.slice(start + 1, end - 1);
  return "found";
}

function endOfPair(header: string, start: number): number {
  let i = start;
  while (i < header.length && header.charCodeAt(i) !== SEMICOLON) i++;
  return i;
}

/** The `=`, or the end of a pair that has none: a name with an empty value. */
function endOfName(header: string, start: number, end: number): number {
  let i = start;
  while (i < end && header.charCodeAt(i) !== EQUALS) i++;
  return i;
}

function skipBlanks(header: string, start: number, end: number): number {
  let i = start;
  while (i < end && isBlank(header.charCodeAt(i))) i++;
  return i;
}

function trimBlanks(header: string, start: number, end: number): number {
  let i = end;
  while (i > start && isBlank(header.charCodeAt(i - 1))) i--;
  return i;
}

function isAt(header: string, start: number, end: number, name: string): boolean {
  return end - start === name.length && header.startsWith(name, start);
}

/** Whether a quote is open where something follows that it might swallow. */
function hidesSeparator(
  header: string,
  start: number,
  end: number,
  hasConsequence: boolean,
): boolean {
  if (!hasConsequence || start === end || header.charCodeAt(start) !== QUOTE) return false;
  return end - start === 1 || header.charCodeAt(end - 1) !== QUOTE;
}

/**
 * Whether some servers take a pair of another name for `name`: those that trim more than blanks
 * (U+00A0, U+2000), and those that `$Version` switches to RFC 2109.
 */
function mayPassFor(header: string, nameStart: number, nameEnd: number, name: string): boolean {
  if (isAt(header, nameStart, nameEnd, LEGACY_VERSION)) return true;
  let start = nameStart;
  let end = nameEnd;
  while (start < end && !isVisible(header.charCodeAt(start))) start++;
  while (end > start && !isVisible(header.charCodeAt(end - 1))) end--;
  return isAt(header, start, end, name);
}

function isVisible(code: number): boolean {
  return code > SPACE && code < DELETE;
}
