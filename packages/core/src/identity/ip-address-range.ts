import type { Parsed } from "../parsed.ts";
import { isDigit } from "../target/char-codes.ts";
import {
  type AddressWords,
  applyPrefix,
  isIpv4,
  isTranslated,
  parseAddress,
  parseLiteral,
  prefixMask,
} from "./ip-address.ts";

/** A network, in the one form of its addresses: IPv4 `/n` has a prefix of 96 + n bits. */
export interface AddressRange {
  readonly address: AddressWords;
  /** 0 to 128. */
  readonly prefix: number;
}

/** The bits before the IPv4 address in `::ffff:0:0/96` and `64:ff9b::/96`. */
const IPV4_OFFSET = 96;
/** A compiled network: four words of the address, four of the mask. */
const RANGE_WORDS = 8;

/**
 * Parses `10.0.0.0/8`, `2001:db8::/32`, or a single address.
 *
 * Bits set behind the prefix are an issue: such a text means something else than it says. An IPv6
 * network has no IPv4 addresses, `::/0` neither, unless it lies within `::ffff:0:0/96`.
 */
export function parseCidr(text: string): Parsed<AddressRange> {
  const slash = text.indexOf("/");
  const addressText = slash === -1 ? text : text.slice(0, slash);
  const address = new Uint32Array(4);
  if (!parseLiteral(addressText, 0, addressText.length, address)) {
    return refused("expected an IPv4 or IPv6 address, or a network as address/prefix");
  }
  const isDotted = !addressText.includes(":");
  const longest = isDotted ? 32 : 128;
  const length = slash === -1 ? longest : parsePrefixLength(text.slice(slash + 1), longest);
  if (length < 0) return refused(`expected a prefix of 0 to ${longest} bits`);
  const prefix = isDotted ? IPV4_OFFSET + length : length;
  if (hasHostBits(address, prefix)) {
    return refused("expected no bits set behind the prefix");
  }
  if (isTranslated(address)) {
    if (prefix < IPV4_OFFSET) return refused("expected 64:ff9b:: with a prefix of 96 bits or more");
    parseAddress(addressText, address);
  }
  return { ok: true, value: { address, prefix }, warnings: [] };
}

/** Networks compiled for the hot path, for the few that a configuration lists: it looks at each. */
export class AddressRanges {
  readonly #ipv4: Uint32Array;
  readonly #ipv6: Uint32Array;

  constructor(ranges: readonly AddressRange[]) {
    this.#ipv4 = compile(ranges.filter(isIpv4Range));
    this.#ipv6 = compile(ranges.filter((range) => !isIpv4Range(range)));
  }

  /** Whether one of the networks has the address. */
  has(address: AddressWords): boolean {
    const words = isIpv4(address) ? this.#ipv4 : this.#ipv6;
    for (let at = 0; at < words.length; at += RANGE_WORDS) {
      if (hasAddress(words, at, address)) return true;
    }
    return false;
  }

  /** Whether one of the networks has an address of the first `prefix` bits of `address`. */
  overlaps(address: AddressWords, prefix: number): boolean {
    const words = isIpv4(address) ? this.#ipv4 : this.#ipv6;
    for (let at = 0; at < words.length; at += RANGE_WORDS) {
      if (doOverlap(words, at, address, prefix)) return true;
    }
    return false;
  }
}

/** Whether two networks of one family have an address in common: then one holds the other. */
function doOverlap(words: Uint32Array, at: number, address: AddressWords, prefix: number): boolean {
  for (let word = 0; word < 4; word++) {
    const mask = (words[at + 4 + word] ?? 0) & prefixMask(prefix, word);
    if ((((words[at + word] ?? 0) ^ (address[word] ?? 0)) & mask) !== 0) return false;
  }
  return true;
}

/** Whether a network is one of IPv4: addresses of the two families are never in one network. */
export function isIpv4Range(range: AddressRange): boolean {
  return range.prefix >= IPV4_OFFSET && isIpv4(range.address);
}

function compile(ranges: readonly AddressRange[]): Uint32Array {
  const words = new Uint32Array(RANGE_WORDS * ranges.length);
  ranges.forEach(({ address, prefix }, index) => {
    const network = address.slice();
    applyPrefix(network, prefix);
    words.set(network, RANGE_WORDS * index);
    for (let word = 0; word < 4; word++) {
      words[RANGE_WORDS * index + 4 + word] = prefixMask(prefix, word);
    }
  });
  return words;
}

function hasAddress(words: Uint32Array, at: number, address: AddressWords): boolean {
  for (let word = 0; word < 4; word++) {
    const difference = (words[at + word] ?? 0) ^ (address[word] ?? 0);
    if ((difference & (words[at + 4 + word] ?? 0)) !== 0) return false;
  }
  return true;
}

/** A decimal number without leading zeros, or -1. */
function parsePrefixLength(text: string, longest: number): number {
  if (text.length === 0 || text.length > 3 || (text.length > 1 && text.startsWith("0"))) return -1;
  for (let i = 0; i < text.length; i++) {
    if (!isDigit(text.charCodeAt(i))) return -1;
  }
  const length = Number(text);
  return length <= longest ? length : -1;
}

function hasHostBits(address: AddressWords, prefix: number): boolean {
  const network = address.slice();
  applyPrefix(network, prefix);
  return !network.every((word, index) => word === address[index]);
}

function refused(problem: string): Parsed<AddressRange> {
  return { ok: false, issues: [{ path: "", problem }] };
}
