import { isBlank, toLowerCode } from "../target/char-codes.ts";
import { isTokenCharacter } from "./header-syntax.ts";
import type { Lookup } from "./lookup.ts";

const TAB = 0x09;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;

/** The schemes whose credentials are a client's token, unless an API says otherwise. */
export const TOKEN_SCHEMES: readonly string[] = ["bearer", "mac"];

/** Where `parseAuthorization` puts what it finds: owned by the caller, reused across calls. */
export class Credentials {
  /** In lower case; empty unless it is one whose credentials are a token. */
  scheme = "";
  /** Empty unless a token was found. */
  token = "";
}

/**
 * Reads scheme and token out of an `Authorization` value: RFC 9110 11.4, 1*SP between them.
 *
 * `schemes` are those, in lower case, whose credentials are a token. `found`: a token, as under
 * Bearer (RFC 6750); under MAC the `id` parameter, which is the access token
 * (draft-ietf-oauth-v2-http-mac), or the whole where it is no list of parameters. `absent`: no
 * credentials, or those of another scheme. `malformed`: no token behind the scheme, or a blank,
 * comma or quote in it, which others might cut it at.
 */
export function parseAuthorization(
  value: string,
  schemes: readonly string[],
  out: Credentials,
): Exclude<Lookup, "repeated"> {
  out.scheme = "";
  out.token = "";
  const start = skipBlanks(value, 0);
  if (start === value.length) return "absent";
  const schemeEnd = endOfScheme(value, start);
  if (schemeEnd < 0) return "malformed";
  out.scheme = schemeOf(value, start, schemeEnd, schemes);
  if (out.scheme === "") return "absent";
  const rest = cutCredentials(value, schemeEnd);
  const token = out.scheme === "mac" && hasParameters(rest) ? macId(rest) : rest;
  if (token === undefined || !isOnePiece(token)) return "malformed";
  out.token = token;
  return "found";
}

/** What stands behind the scheme, without the spaces before it and the blanks after it. */
function cutCredentials(value: string, schemeEnd: number): string {
  let start = schemeEnd;
  while (start < value.length && value.charCodeAt(start) === SPACE) start++;
  let end = value.length;
  while (end > start && isBlank(value.charCodeAt(end - 1))) end--;
  return value.slice(start, end);
}

function skipBlanks(value: string, start: number): number {
  let i = start;
  while (i < value.length && isBlank(value.charCodeAt(i))) i++;
  return i;
}

/** -1 if what stands first is not a token followed by a space or nothing. */
function endOfScheme(value: string, start: number): number {
  let i = start;
  while (i < value.length && isTokenCharacter(value.charCodeAt(i))) i++;
  if (i === start) return -1;
  return i === value.length || value.charCodeAt(i) === SPACE ? i : -1;
}

function schemeOf(value: string, start: number, end: number, schemes: readonly string[]): string {
  for (let i = 0; i < schemes.length; i++) {
    const scheme = schemes[i] ?? "";
    if (isScheme(value, start, end, scheme)) return scheme;
  }
  return "";
}

function isScheme(value: string, start: number, end: number, scheme: string): boolean {
  if (end - start !== scheme.length) return false;
  for (let i = 0; i < scheme.length; i++) {
    if (toLowerCode(value.charCodeAt(start + i)) !== scheme.charCodeAt(i)) return false;
  }
  return true;
}

/** Native searches: a loop over a long token would cost as much as the rest of the request's head. */
function isOnePiece(token: string): boolean {
  return !(
    token.length === 0 ||
    token.includes(" ") ||
    token.includes("\t") ||
    token.includes(",") ||
    token.includes('"')
  );
}

/** Whether an `=` is followed by something other than padding. */
function hasParameters(credentials: string): boolean {
  let end = credentials.length;
  while (end > 0 && credentials.charCodeAt(end - 1) === EQUALS) end--;
  const equals = credentials.indexOf("=");
  return equals !== -1 && equals < end;
}

/** The one `id` of `id="...", ts="...", nonce="...", mac="..."`; `undefined` if it is not that. */
function macId(list: string): string | undefined {
  let id: string | undefined;
  let at = 0;
  for (;;) {
    const equals = endOfToken(list, at);
    if (equals === at || list.charCodeAt(equals) !== EQUALS) return undefined;
    const isQuoted = list.charCodeAt(equals + 1) === QUOTE;
    const valueStart = isQuoted ? equals + 2 : equals + 1;
    const valueEnd = isQuoted ? endOfQuoted(list, valueStart) : endOfToken(list, valueStart);
    if (valueEnd <= valueStart) return undefined;
    if (isScheme(list, at, equals, "id")) {
      if (id !== undefined) return undefined;
      id = list.slice(valueStart, valueEnd);
    }
    at = skipBlanks(list, isQuoted ? valueEnd + 1 : valueEnd);
    if (at === list.length) return id;
    if (list.charCodeAt(at) !== COMMA) return undefined;
    at = skipBlanks(list, at + 1);
  }
}

function endOfToken(list: string, start: number): number {
  let i = start;
  while (i < list.length && isTokenCharacter(list.charCodeAt(i))) i++;
  return i;
}

/** The closing quote; -1 if there is none, or a backslash: two spellings of one id. */
function endOfQuoted(list: string, start: number): number {
  for (let i = start; i < list.length; i++) {
    const code = list.charCodeAt(i);
    if (code === QUOTE) return i;
    if (code === BACKSLASH || code === TAB) return -1;
  }
  return -1;
}
