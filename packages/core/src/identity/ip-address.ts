import { hexValue, isDigit } from "../target/char-codes.ts";

const DOT = 0x2e;
const DIGIT_0 = 0x30;
const COLON = 0x3a;

/**
 * An address of either family as 128 bits, most significant word first: four words.
 *
 * One client has one form. An IPv4 address stands as `::ffff:0:0/96` (RFC 4291 2.5.5.2), and so does one
 * that arrives translated, `64:ff9b::/96` (RFC 6052): the translator maps it one to one. 6to4
 * (`2002::/16`) stays IPv6: its IPv4 part names a site's router, not the client.
 */
export type AddressWords = Uint32Array;

/** The third word of an IPv4 address in its one form. */
const MAPPED = 0xffff;
const NAT64_FIRST_WORD = 0x0064_ff9b;
const GROUPS = 8;

/**
 * Parses an IPv4 or IPv6 address in text and writes its one form to `out`.
 *
 * Strict: no leading zeros in IPv4, no zone, no port, no brackets, no blanks. Returns `false`, with
 * `out` unspecified, for anything else.
 */
export function parseAddress(text: string, out: AddressWords): boolean {
  return parseAddressIn(text, 0, text.length, out);
}

/** The same for a part of a text, without cutting it out. */
export function parseAddressIn(
  text: string,
  start: number,
  end: number,
  out: AddressWords,
): boolean {
  if (!parseLiteral(text, start, end, out)) return false;
  unifyAddress(out);
  return true;
}

/**
 * Writes the one form of an address in network byte order to `out`: 4 bytes are IPv4, 16 are IPv6.
 * Any other length returns `false`.
 */
export function readAddressBytes(bytes: Uint8Array, out: AddressWords): boolean {
  if (bytes.length === 4) {
    out[0] = 0;
    out[1] = 0;
    out[2] = MAPPED;
    out[3] = readWord(bytes, 0);
    return true;
  }
  if (bytes.length !== 16) return false;
  for (let word = 0; word < 4; word++) out[word] = readWord(bytes, 4 * word);
  unifyAddress(out);
  return true;
}

/** Whether the address is IPv4. */
export function isIpv4(words: AddressWords): boolean {
  return words[0] === 0 && words[1] === 0 && words[2] === MAPPED;
}

/** Clears all but the first `prefix` bits, in place: the network that the address lies in. */
export function applyPrefix(words: AddressWords, prefix: number): void {
  for (let word = 0; word < 4; word++) {
    words[word] = ((words[word] ?? 0) & prefixMask(prefix, word)) >>> 0;
  }
}

/** The bits of word 0 to 3 that a prefix of 0 to 128 bits covers. */
export function prefixMask(prefix: number, word: number): number {
  const bits = prefix - 32 * word;
  if (bits <= 0) return 0;
  return bits >= 32 ? 0xffff_ffff : (0xffff_ffff << (32 - bits)) >>> 0;
}

/** Parses the text as it stands: a translated address is not yet the IPv4 address it stands for. */
export function parseLiteral(text: string, start: number, end: number, out: AddressWords): boolean {
  out.fill(0);
  for (let i = start; i < end; i++) {
    if (text.charCodeAt(i) === COLON) return parseIpv6(text, start, end, out);
  }
  out[2] = MAPPED;
  return parseIpv4(text, start, end, out);
}

/** Whether the address lies in `64:ff9b::/96`. */
export function isTranslated(words: AddressWords): boolean {
  return words[0] === NAT64_FIRST_WORD && words[1] === 0 && words[2] === 0;
}

function unifyAddress(words: AddressWords): void {
  if (!isTranslated(words)) return;
  words[0] = 0;
  words[2] = MAPPED;
}

/** Writes four decimal numbers without leading zeros to the last word. */
function parseIpv4(text: string, start: number, end: number, out: AddressWords): boolean {
  if (end - start > 15) return false;
  let address = 0;
  let octet = -1;
  let octets = 0;
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      if (octet < 0 || octets === 3) return false;
      address = (address << 8) | octet;
      octets++;
      octet = -1;
    } else {
      octet = appendDigit(octet, code);
      if (octet < 0) return false;
    }
  }
  out[3] = (address << 8) | octet;
  return octet >= 0 && octets === 3;
}

/** Appends a decimal digit to an octet, -1 being none yet. -1 for a non-digit, a leading zero, 256. */
function appendDigit(octet: number, code: number): number {
  if (!isDigit(code) || octet === 0) return -1;
  const grown = Math.max(octet, 0) * 10 + (code - DIGIT_0);
  return grown > 0xff ? -1 : grown;
}

/** RFC 4291 2.2, all three forms. `out` is all zero. */
function parseIpv6(text: string, start: number, end: number, out: AddressWords): boolean {
  let groups = 0;
  let gapAt = -1;
  let i = start;
  if (text.startsWith("::", start) && start + 2 <= end) {
    gapAt = 0;
    i += 2;
  }
  while (i < end) {
    if (groups === GROUPS) return false;
    const stop = groupEnd(text, i, end);
    if (stop < end && text.charCodeAt(stop) === DOT) {
      return writeIpv4Tail(text, i, end, groups, gapAt, out);
    }
    if (!writeGroup(text, i, stop, groups, out)) return false;
    groups++;
    i = stop;
    if (i === end) break;
    const next = separatorEnd(text, i, end);
    if (next < 0) return false;
    if (next === i + 2) {
      if (gapAt !== -1) return false;
      gapAt = groups;
    }
    i = next;
  }
  return closeGap(groups, gapAt, out);
}

/** Behind `::`, or behind a `:` that a group follows; -1 otherwise. */
function separatorEnd(text: string, at: number, end: number): number {
  if (text.charCodeAt(at) !== COLON || at + 1 === end) return -1;
  return text.charCodeAt(at + 1) === COLON ? at + 2 : at + 1;
}

function groupEnd(text: string, start: number, end: number): number {
  let i = start;
  while (i < end && hexValue(text.charCodeAt(i)) >= 0) i++;
  return i;
}

function writeGroup(
  text: string,
  start: number,
  end: number,
  index: number,
  out: AddressWords,
): boolean {
  if (end === start || end - start > 4) return false;
  let value = 0;
  for (let i = start; i < end; i++) value = (value << 4) | hexValue(text.charCodeAt(i));
  setGroup(out, index, value);
  return true;
}

/** The last 32 bits may be written as IPv4. At most six groups stand before, so word 3 is free. */
function writeIpv4Tail(
  text: string,
  start: number,
  end: number,
  groups: number,
  gapAt: number,
  out: AddressWords,
): boolean {
  if (groups > GROUPS - 2 || !parseIpv4(text, start, end, out)) return false;
  const high = groupOf(out, GROUPS - 2);
  const low = groupOf(out, GROUPS - 1);
  out[3] = 0;
  setGroup(out, groups, high);
  setGroup(out, groups + 1, low);
  return closeGap(groups + 2, gapAt, out);
}

/** Moves the groups behind `::` to the end. It must stand for one group or more. */
function closeGap(groups: number, gapAt: number, out: AddressWords): boolean {
  if (gapAt === -1) return groups === GROUPS;
  if (groups === GROUPS) return false;
  const shift = GROUPS - groups;
  for (let group = groups - 1; group >= gapAt; group--) {
    setGroup(out, group + shift, groupOf(out, group));
    setGroup(out, group, 0);
  }
  return true;
}

/** One of the eight 16-bit groups. */
export function groupOf(words: AddressWords, group: number): number {
  const word = words[group >> 1] ?? 0;
  return (group & 1) === 0 ? word >>> 16 : word & 0xffff;
}

function setGroup(words: AddressWords, group: number, value: number): void {
  const word = words[group >> 1] ?? 0;
  words[group >> 1] =
    (group & 1) === 0
      ? ((value << 16) | (word & 0xffff)) >>> 0
      : ((word & 0xffff_0000) | value) >>> 0;
}

function readWord(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  const low = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
  return ((high << 16) | low) >>> 0;
}

/**
 * A number that is seldom the same for two addresses, good in its upper bits: the place of an address in a
 * table whose entries are compared whole. Not keyed: anybody can aim at a place.
 */
export function spreadAddress(address: AddressWords): number {
  const network = Math.imul(address[0] ?? 0, 31) ^ (address[1] ?? 0);
  const host = Math.imul(address[2] ?? 0, 31) ^ (address[3] ?? 0);
  return Math.imul(Math.imul(network, 31) ^ host, 0x9e37_79b1) >>> 0;
}
