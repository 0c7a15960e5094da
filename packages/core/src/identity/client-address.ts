import { isBlank, isDigit } from "../target/char-codes.ts";
import { elementStart, findForValue, TextSpan } from "./forwarded-element.ts";
import { type HopSource, isSingleHop } from "./hop-source.ts";
import { type AddressWords, parseAddressIn } from "./ip-address.ts";

const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;

const MAX_PORT_DIGITS = 5;

// Scratch of one hop at a time; nothing in it outlives the function that fills it.
const span = new TextSpan();

/**
 * Finds the client behind trusted proxies and writes its address to `out`: the right-most hop of
 * the header that `source` believes which is not itself trusted. What stands left of it is the
 * client's own word.
 *
 * `hops` is every line of that header joined by commas, empty without one. Returns whether `out` is
 * a client. `false` means that only trusted proxies are known: there is no header, every hop is
 * trusted, or a hop is junk (a name, `unknown`) or beyond `maxHops`. `out` is then the last hop that
 * was understood, good for a look-up, but a proxy that many clients may share: never deny it for what
 * one of them did. `out` must not be `peer`.
 */
export function clientAddress(
  peer: AddressWords,
  hops: string,
  source: HopSource,
  out: AddressWords,
): boolean {
  copyAddress(peer, out);
  const { header, maxHops, trusted } = source;
  if (!trusted.has(out)) return true;
  if (isSingleHop(header)) return takeOnlyHop(peer, hops, source, out);
  const isForwarded = header === "forwarded";
  let goodStart = -1;
  let goodEnd = -1;
  let end = hops.length;
  for (let hop = 0; hop < maxHops && end >= 0; hop++) {
    const start = isForwarded ? elementStart(hops, end) : hopStart(hops, end);
    // RFC 9110 5.6.1.2: empty members of a list do not count, but they use up the cap.
    if (start === -1 || skipBlanks(hops, start, end) < end) {
      if (start === -1 || !parseElement(hops, start, end, isForwarded, out)) {
        if (goodStart === -1) copyAddress(peer, out);
        else parseElement(hops, goodStart, goodEnd, isForwarded, out);
        return false;
      }
      if (!trusted.has(out)) return true;
      goodStart = start;
      goodEnd = end;
    }
    end = start - 1;
  }
  return false;
}

/** A list where one address is meant has two readings, so it is none. */
function takeOnlyHop(
  peer: AddressWords,
  hop: string,
  { trusted }: HopSource,
  out: AddressWords,
): boolean {
  if (parseHop(hop, 0, hop.length, out)) return !trusted.has(out);
  copyAddress(peer, out);
  return false;
}

function parseElement(
  text: string,
  start: number,
  end: number,
  isForwarded: boolean,
  out: AddressWords,
): boolean {
  if (!isForwarded) return parseHop(text, start, end, out);
  return findForValue(text, start, end, span) && parseHop(text, span.start, span.end, out);
}

function copyAddress(from: AddressWords, to: AddressWords): void {
  for (let word = 0; word < 4; word++) to[word] = from[word] ?? 0;
}

function hopStart(text: string, end: number): number {
  let i = end;
  while (i > 0 && text.charCodeAt(i - 1) !== COMMA) i--;
  return i;
}

function skipBlanks(text: string, start: number, end: number): number {
  let i = start;
  while (i < end && isBlank(text.charCodeAt(i))) i++;
  return i;
}

/** `v4`, `v4:port`, `v6`, `[v6]`, `[v6]:port`, blanks around. */
function parseHop(text: string, from: number, to: number, out: AddressWords): boolean {
  const start = skipBlanks(text, from, to);
  let end = to;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  if (text.charCodeAt(start) === OPEN_BRACKET) {
    const close = text.indexOf("]", start);
    if (close === -1 || close >= end || !isPortOrNothing(text, close + 1, end)) return false;
    return isIpv6Text(text, start + 1, close) && parseAddressIn(text, start + 1, close, out);
  }
  const colon = onlyColon(text, start, end);
  if (colon === -1) return parseAddressIn(text, start, end, out);
  return isPortOrNothing(text, colon, end) && parseAddressIn(text, start, colon, out);
}

function isIpv6Text(text: string, start: number, end: number): boolean {
  const colon = text.indexOf(":", start);
  return colon !== -1 && colon < end;
}

/** Where the one colon is: an IPv4 address has none, an IPv6 address two at least. -1 otherwise. */
function onlyColon(text: string, start: number, end: number): number {
  let colon = -1;
  for (let i = start; i < end; i++) {
    if (text.charCodeAt(i) !== COLON) continue;
    if (colon !== -1) return -1;
    colon = i;
  }
  return colon;
}

function isPortOrNothing(text: string, start: number, end: number): boolean {
  if (start === end) return true;
  const digits = end - start - 1;
  if (text.charCodeAt(start) !== COLON || digits < 1 || digits > MAX_PORT_DIGITS) return false;
  for (let i = start + 1; i < end; i++) {
    if (!isDigit(text.charCodeAt(i))) return false;
  }
  return true;
}
