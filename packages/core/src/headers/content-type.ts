import { isBlank, toLowerCode } from "../target/char-codes.ts";
import { isTokenCharacter } from "./header-syntax.ts";

const TAB = 0x09;
const SPACE = 0x20;
const QUOTE = 0x22;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;
const DELETE = 0x7f;

/**
 * The charsets in which every ASCII byte is that ASCII character. In any other (UTF-7, UTF-16,
 * EBCDIC, Shift JIS) an upstream that honours it reads another body than the bytes suggest.
 */
const SAFE_CHARSETS: readonly string[] = [
  "utf-8",
  "utf8",
  "us-ascii",
  "iso-8859-1",
  "windows-1252",
];

/** Parameters that change how the body is read, as bits: each may stand once. */
const CHARSET = 1;
const BOUNDARY = 2;

/**
 * Whether a `Content-Type` value is the media type `allowed`, which is in lower case and has no
 * parameters.
 *
 * Type and subtype compare without case; parameters must be well-formed but take no part (RFC 9110
 * 8.3.1; empty ones, `;;`, are). Two values, a stray comma, a repeated `charset` or `boundary`, and
 * a charset that does not contain ASCII match nothing.
 */
export function matchesMediaType(header: string, allowed: string): boolean {
  let at = skipBlanks(header, 0);
  if (!equalsIgnoringCase(header, at, allowed)) return false;
  at += allowed.length;
  let seen = 0;
  for (;;) {
    at = skipBlanks(header, at);
    if (at === header.length) return true;
    if (header.charCodeAt(at) !== SEMICOLON) return false;
    at = skipBlanks(header, at + 1);
    if (at === header.length || header.charCodeAt(at) === SEMICOLON) continue;
    const equals = skipToken(header, at);
    const end = endOfValue(header, equals);
    if (equals === at || end < 0) return false;
    const role = roleOf(header, at, equals);
    if ((seen & role) !== 0) return false;
    if (role === CHARSET && !isSafeCharset(header, equals + 1, end)) return false;
    seen |= role;
    at = end;
  }
}

function roleOf(header: string, start: number, end: number): number {
  if (isNamed(header, start, end, "charset")) return CHARSET;
  return isNamed(header, start, end, "boundary") ? BOUNDARY : 0;
}

function skipBlanks(header: string, start: number): number {
  let i = start;
  while (i < header.length && isBlank(header.charCodeAt(i))) i++;
  return i;
}

function skipToken(header: string, start: number): number {
  let i = start;
  while (i < header.length && isTokenCharacter(header.charCodeAt(i))) i++;
  return i;
}

/** Where the value behind `=` ends, token or quoted string; -1 if there is no such value. */
function endOfValue(header: string, equals: number): number {
  if (equals >= header.length || header.charCodeAt(equals) !== EQUALS) return -1;
  const start = equals + 1;
  if (start >= header.length) return -1;
  if (header.charCodeAt(start) === QUOTE) return endOfQuoted(header, start + 1);
  const end = skipToken(header, start);
  return end === start ? -1 : end;
}

/** RFC 9110 5.6.4. */
function endOfQuoted(header: string, start: number): number {
  for (let i = start; i < header.length; i++) {
    const code = header.charCodeAt(i);
    if (code === QUOTE) return i + 1;
    if (code === BACKSLASH) i++;
    if (i >= header.length || !isQuotable(header.charCodeAt(i))) return -1;
  }
  return -1;
}

function isQuotable(code: number): boolean {
  return code === TAB || (code >= SPACE && code !== DELETE && code <= 0xff);
}

function isNamed(header: string, start: number, end: number, name: string): boolean {
  return end - start === name.length && equalsIgnoringCase(header, start, name);
}

function isSafeCharset(header: string, start: number, end: number): boolean {
  const isQuoted = header.charCodeAt(start) === QUOTE;
  const from = isQuoted ? start + 1 : start;
  const to = isQuoted ? end - 1 : end;
  for (const charset of SAFE_CHARSETS) {
    if (isNamed(header, from, to, charset)) return true;
  }
  return false;
}

/** Whether `text` has `expected`, which is in lower case, at `at`. */
function equalsIgnoringCase(text: string, at: number, expected: string): boolean {
  if (text.length - at < expected.length) return false;
  for (let i = 0; i < expected.length; i++) {
    if (toLowerCode(text.charCodeAt(at + i)) !== expected.charCodeAt(i)) return false;
  }
  return true;
}
