import { formatAddress } from "../identity/ip-address-format.ts";
import { parseAddress } from "../identity/ip-address.ts";
import { isDigit, isLetter, toLowerCode } from "./char-codes.ts";

const HYPHEN = 0x2d;
const DOT = 0x2e;
const COLON = 0x3a;
const UNDERSCORE = 0x5f;

const MAX_NAME_LENGTH = 253;
const MAX_PORT = 65_535;
const MAX_PORT_DIGITS = 5;

/** A power of two. */
const RECENT = 16;
/** The last fields read and their names, each in the place of its length: an edge serves few hosts. */
const recentFields: string[] = Array.from({ length: RECENT }, () => "");
const recentNames: string[] = Array.from({ length: RECENT }, () => "");

/**
 * The one name of a host in a `Host` field (RFC 9110 7.2), or `undefined` if it is none.
 *
 * Lower case, without port and without the dot of a fully qualified name. Names consist of letters,
 * digits, `-` and `_`; one whose last label is a number must be an IPv4 address, or resolvers would
 * disagree on it. An IPv6 literal is put in its one form, `[::1]`; an IPv4 address inside one
 * (`[::ffff:192.0.2.1]`) becomes that address. Canonical input is returned as it is.
 */
export function canonicalizeHost(raw: string): string | undefined {
  const place = raw.length & (RECENT - 1);
  if (raw !== "" && recentFields[place] === raw) return recentNames[place];
  const name = readHost(raw);
  if (name !== undefined) {
    recentFields[place] = raw;
    recentNames[place] = name;
  }
  return name;
}

function readHost(raw: string): string | undefined {
  if (raw.startsWith("[")) return canonicalizeLiteral(raw);
  const nameEnd = endOfName(raw);
  if (nameEnd < 0 || !isPortOrNothing(raw, nameEnd)) return undefined;
  const end = raw.charCodeAt(nameEnd - 1) === DOT ? nameEnd - 1 : nameEnd;
  if (end === 0 || end > MAX_NAME_LENGTH || raw.charCodeAt(end - 1) === DOT) return undefined;
  const name = end === raw.length ? raw : raw.slice(0, end);
  if (hasNumericLabelLast(name)) return isIpv4Address(name) ? name : undefined;
  return hasUpperCase(name) ? name.toLowerCase() : name;
}

function isIpv4Address(name: string): boolean {
  return parseAddress(name, new Uint32Array(4));
}

function hasUpperCase(name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (toLowerCode(code) !== code) return true;
  }
  return false;
}

/** Where the name ends: at the port or the end. -1 if a character or a label is not right. */
function endOfName(raw: string): number {
  let labelStart = 0;
  for (let i = 0; i < raw.length; i++) {
    const code = raw.charCodeAt(i);
    if (code === COLON) return i === 0 ? -1 : i;
    if (code === DOT) {
      if (i === labelStart) return -1;
      labelStart = i + 1;
    } else if (!isNameCharacter(code)) {
      return -1;
    }
  }
  return raw.length;
}

function isNameCharacter(code: number): boolean {
  return isLetter(code) || isDigit(code) || code === HYPHEN || code === UNDERSCORE;
}

function isPortOrNothing(raw: string, at: number): boolean {
  if (at === raw.length) return true;
  if (raw.charCodeAt(at) !== COLON || raw.length - at - 1 > MAX_PORT_DIGITS) return false;
  let port = 0;
  for (let i = at + 1; i < raw.length; i++) {
    const code = raw.charCodeAt(i);
    if (!isDigit(code)) return false;
    port = port * 10 + (code & 0x0f);
  }
  return port <= MAX_PORT;
}

/** `127.1`, `0x7f000001`: numbers that some resolvers take for an IPv4 address (URL Standard). */
function hasNumericLabelLast(name: string): boolean {
  const start = name.lastIndexOf(".") + 1;
  if (!isDigit(name.charCodeAt(start))) return false;
  if (name.startsWith("0x", start) || name.startsWith("0X", start)) return true;
  for (let i = start; i < name.length; i++) {
    if (!isDigit(name.charCodeAt(i))) return false;
  }
  return true;
}

function canonicalizeLiteral(raw: string): string | undefined {
  const close = raw.indexOf("]");
  if (close === -1 || !isPortOrNothing(raw, close + 1)) return undefined;
  const literal = raw.slice(1, close);
  const address = new Uint32Array(4);
  if (!literal.includes(":") || !parseAddress(literal, address)) return undefined;
  const text = formatAddress(address);
  return text.includes(":") ? `[${text}]` : text;
}
