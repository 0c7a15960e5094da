import { escapedByte, escapedCharacterLength } from "./percent-encoding.ts";

const SPACE = 0x20;
const PERCENT = 0x25;
const DOT = 0x2e;
const SLASH = 0x2f;
const SEMICOLON = 0x3b;
const BACKSLASH = 0x5c;
const DELETE = 0x7f;

/**
 * What may pass beyond the strict form. Options only turn refusals into results, they never change
 * a result: whoever gets a path with fewer of them gets the same one.
 */
export interface PathOptions {
  /** Read a run of slashes as one, and forward one. */
  readonly mergeSlashes: boolean;
  /** Keep `%2F` as data of its segment. */
  readonly keepEncodedSlashes: boolean;
}

/** Nothing beyond RFC 3986. */
export const STRICT_PATH: PathOptions = Object.freeze({
  mergeSlashes: false,
  keepEncodedSlashes: false,
});

const PLAIN = 0;
/** Stands for itself in canonical form only as an escape, or is an escape. */
const REWRITTEN = 1;
const REFUSED = 2;

const UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
/** The rest of RFC 3986 3.3, pchar, and the separator. */
const DELIMITERS = "!$&'()*+,;=:@/";
/** Sent unescaped by browsers (URL Standard, path percent-encode set); no server gives them a meaning. */
const SENT_RAW = "[]|^";

const KINDS: Uint8Array = tabulate(REFUSED, [
  [UNRESERVED + DELIMITERS, PLAIN],
  [`%${SENT_RAW}`, REWRITTEN],
]);
const IS_UNRESERVED: Uint8Array = tabulate(0, [[UNRESERVED, 1]]);

/** Characters beyond ASCII that compatibility folding (NFKC) turns into a separator: / \ \ */
const FOLDED_SEPARATORS = ["%EF%BC%8F", "%EF%BC%BC", "%EF%B9%A8"];
/** The same for a full stop. */
const FOLDED_DOTS = ["%EF%BC%8E", "%EF%B9%92", "%E2%80%A4"];

/**
 * The one canonical form of a request path, or `undefined` if it can be read in two ways.
 *
 * Escapes of unreserved characters are decoded, once; all others stay, with upper-case digits
 * (RFC 3986 6.2.2). `[ ] | ^` become escapes: browsers send them raw. Refused are everything else
 * outside RFC 3986, escapes that are broken, not UTF-8, or stand for a slash, backslash or control
 * character, doubled slashes, and dot segments however they are spelt, `..;x` too. Path parameters
 * are data of their segment. A path that is canonical already is returned as it is.
 */
export function canonicalizePath(raw: string, options: PathOptions): string | undefined {
  if (raw.length === 0 || raw.charCodeAt(0) !== SLASH) return undefined;
  let kinds = PLAIN;
  for (let i = 0; i < raw.length; i++) {
    const code = raw.charCodeAt(i);
    kinds |= KINDS[code] ?? REFUSED;
    if (code === SLASH && startsSuspiciously(raw, i + 1)) kinds |= REWRITTEN;
  }
  if (kinds === PLAIN) return raw;
  return kinds < REFUSED ? rewrite(raw, options) : undefined;
}

function startsSuspiciously(raw: string, start: number): boolean {
  if (start >= raw.length) return false;
  const code = raw.charCodeAt(start);
  return code === SLASH || (code === DOT && isDotSegment(raw, start));
}

/** Rewrites a path whose characters are all allowed somewhere. Copies only what changes. */
function rewrite(raw: string, options: PathOptions): string | undefined {
  let out = "";
  let copied = 0;
  let i = 1;
  while (i < raw.length) {
    const code = raw.charCodeAt(i);
    const width = code === PERCENT ? escapeWidth(raw, i) : 1;
    const text = canonicalText(raw, i, code, width, options);
    if (text === undefined) return undefined;
    if (text.length !== width || !raw.startsWith(text, i)) {
      out += raw.slice(copied, i) + text;
      copied = i + width;
    }
    i += width;
  }
  const path = copied === 0 ? raw : out + raw.slice(copied);
  return hasDotSegment(path) ? undefined : path;
}

/** How many characters the escaped character at `at` takes; 1 if it is none, which is refused. */
function escapeWidth(raw: string, at: number): number {
  const byte = escapedByte(raw, at);
  if (byte < 0) return 1;
  return byte < 0x80 ? 3 : Math.max(1, 3 * escapedCharacterLength(raw, at));
}

function canonicalText(
  raw: string,
  at: number,
  code: number,
  width: number,
  options: PathOptions,
): string | undefined {
  if (code === PERCENT) {
    if (width === 1) return undefined;
    const escape = raw.slice(at, at + width).toUpperCase();
    if (width === 3) return canonicalEscape(escape, options);
    return FOLDED_SEPARATORS.includes(escape) ? undefined : escape;
  }
  if (code === SLASH && raw.charCodeAt(at - 1) === SLASH) {
    return options.mergeSlashes ? "" : undefined;
  }
  return KINDS[code] === PLAIN ? String.fromCharCode(code) : escapeOf(code);
}

function canonicalEscape(escape: string, options: PathOptions): string | undefined {
  const byte = escapedByte(escape, 0);
  if (IS_UNRESERVED[byte] === 1) return String.fromCharCode(byte);
  if (byte === SLASH) return options.keepEncodedSlashes ? escape : undefined;
  return byte < SPACE || byte === DELETE || byte === BACKSLASH ? undefined : escape;
}

function escapeOf(code: number): string {
  return `%${code.toString(16).toUpperCase()}`;
}

/** Looks behind kept `%2F` too: an upstream that decodes them must not find a dot segment. */
function hasDotSegment(path: string): boolean {
  for (let i = 0; i < path.length; i++) {
    if (path.charCodeAt(i) === SLASH && isDotSegment(path, i + 1)) return true;
    if (path.startsWith("%2F", i) && isDotSegment(path, i + 3)) return true;
  }
  return false;
}

/** Whether one or two full stops are all of the segment, or all before its path parameters. */
function isDotSegment(path: string, start: number): boolean {
  const first = dotWidth(path, start);
  if (first === 0) return false;
  const second = dotWidth(path, start + first);
  return endsSegment(path, start + first + second);
}

function dotWidth(path: string, at: number): number {
  if (at >= path.length) return 0;
  const code = path.charCodeAt(at);
  if (code === DOT) return 1;
  if (code !== PERCENT) return 0;
  return FOLDED_DOTS.includes(path.slice(at, at + 9)) ? 9 : 0;
}

function endsSegment(path: string, at: number): boolean {
  if (at >= path.length) return true;
  const code = path.charCodeAt(at);
  if (code === SLASH || code === SEMICOLON) return true;
  return path.startsWith("%2F", at) || path.startsWith("%3B", at);
}

function tabulate(
  otherwise: number,
  rows: readonly (readonly [characters: string, kind: number])[],
): Uint8Array {
  const table = new Uint8Array(0x80).fill(otherwise);
  for (const [characters, kind] of rows) {
    for (let i = 0; i < characters.length; i++) table[characters.charCodeAt(i)] = kind;
  }
  return table;
}
