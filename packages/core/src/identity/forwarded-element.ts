import { isBlank, toLowerCode } from "../target/char-codes.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;
const BACKSLASH = 0x5c;

const FOR = "for";

/** A part of a text: owned by the caller, reused across calls. */
export class TextSpan {
  start = 0;
  end = 0;
}

/**
 * Where the element of a `Forwarded` field (RFC 7239) that ends at `end` begins: behind a comma that
 * is in no quotes. -1 if its quotes cannot be paired.
 *
 * Read from the right, because that is the side the nearest proxy wrote: a quote that a client left
 * open further left must not swallow what proxies appended. So an escape in quotes is not followed:
 * no address needs one.
 */
export function elementStart(text: string, end: number): number {
  let i = end;
  while (i > 0) {
    const code = text.charCodeAt(i - 1);
    if (code === COMMA) return i;
    if (code === QUOTE) {
      const open = text.lastIndexOf('"', i - 2);
      if (i < 2 || open === -1 || text.charCodeAt(i - 2) === BACKSLASH) return -1;
      i = open;
    } else {
      i--;
    }
  }
  return 0;
}

/**
 * Writes where the address of an element is, without its quotes, to `out`: the value of its one
 * `for`, whose name has no case. `false` if it has none, several, or pairs that are none.
 */
export function findForValue(text: string, start: number, end: number, out: TextSpan): boolean {
  let isFound = false;
  let at = start;
  while (at < end) {
    const pairEnd = endOfPair(text, at, end);
    const nameStart = skipBlanks(text, at, pairEnd);
    const equals = text.indexOf("=", nameStart);
    if (equals === -1 || equals >= pairEnd || equals === nameStart) return false;
    if (isFor(text, nameStart, equals)) {
      if (isFound || !takeValue(text, equals + 1, pairEnd, out)) return false;
      isFound = true;
    }
    at = pairEnd + 1;
  }
  return isFound;
}

/** A quoted value must be one from end to end. */
function takeValue(text: string, start: number, pairEnd: number, out: TextSpan): boolean {
  let end = pairEnd;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  const isQuoted = text.charCodeAt(start) === QUOTE;
  if (isQuoted && (end - start < 2 || text.charCodeAt(end - 1) !== QUOTE)) return false;
  out.start = isQuoted ? start + 1 : start;
  out.end = isQuoted ? end - 1 : end;
  return true;
}

function endOfPair(text: string, start: number, end: number): number {
  let isQuoted = false;
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) isQuoted = !isQuoted;
    else if (code === SEMICOLON && !isQuoted) return i;
  }
  return end;
}

function isFor(text: string, start: number, end: number): boolean {
  if (end - start !== FOR.length) return false;
  for (let i = 0; i < FOR.length; i++) {
    if (toLowerCode(text.charCodeAt(start + i)) !== FOR.charCodeAt(i)) return false;
  }
  return true;
}

function skipBlanks(text: string, start: number, end: number): number {
  let i = start;
  while (i < end && isBlank(text.charCodeAt(i))) i++;
  return i;
}
