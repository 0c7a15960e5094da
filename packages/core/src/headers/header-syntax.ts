import { isDigit, isLetter } from "../target/char-codes.ts";

const TAB = 0x09;
const SPACE = 0x20;
const DIGIT_0 = 0x30;
const DELETE = 0x7f;

/** RFC 9110 5.6.2, tchar without letters and digits. */
const TOKEN_MARKS = "!#$%&'*+-.^_`|~";

const IS_TOKEN_MARK: Uint8Array = tabulateMarks();

/** Whether `code` may stand in a token: RFC 9110 5.6.2. */
export function isTokenCharacter(code: number): boolean {
  return isLetter(code) || isDigit(code) || IS_TOKEN_MARK[code] === 1;
}

/** Whether `text` is a token, as header names, methods and schemes are. */
export function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (!isTokenCharacter(text.charCodeAt(i))) return false;
  }
  return text.length > 0;
}

/**
 * Whether a header name has an underscore. It is a token, but gateways behind CGI-like interfaces
 * read `X_User` as `X-User`, so it can stand in for a header that the enforcer set or checked.
 */
export function hasUnderscore(name: string): boolean {
  return name.includes("_");
}

/**
 * Whether each character of `value` may stand in a field value: RFC 9110 5.5. No control character
 * but the tab; bytes beyond ASCII (obs-text) may, as latin1.
 */
export function isFieldValue(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code < SPACE ? code !== TAB : code === DELETE || code > 0xff) return false;
  }
  return true;
}

/**
 * Whether `text` is a Content-Length that every reader takes for the same number: digits only, no
 * leading zero, within 2^53.
 */
export function isContentLength(text: string): boolean {
  if (text.length === 0 || text.length > 16) return false;
  if (text.length > 1 && text.charCodeAt(0) === DIGIT_0) return false;
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (!isDigit(code)) return false;
    length = length * 10 + (code - DIGIT_0);
  }
  return length <= Number.MAX_SAFE_INTEGER;
}

function tabulateMarks(): Uint8Array {
  const table = new Uint8Array(0x80);
  for (let i = 0; i < TOKEN_MARKS.length; i++) table[TOKEN_MARKS.charCodeAt(i)] = 1;
  return table;
}
