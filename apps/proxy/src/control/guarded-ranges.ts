import {
  type AddressRange,
  type AddressWords,
  type ClientIdentifier,
  parseCidr,
} from "@portcullis/core";

/** What would take the connection from those who have to put it right again. */
const LOOPBACK = ["127.0.0.0/8", "::1/128"];

/** The ranges that no denial by hand should reach unasked: this machine and its trusted proxies. */
export function guardedRanges(trustedProxies: readonly string[]): AddressRange[] {
  return rangesOf([...LOOPBACK, ...trustedProxies]);
}

/** Whether a denial of `identifier` would take an address out of `guarded`. */
export function isGuarded(
  { kind, value }: ClientIdentifier,
  guarded: readonly AddressRange[],
): boolean {
  if (kind !== "ip") return false;
  return rangesOf([value]).some((range) => guarded.some((other) => isOverlapping(range, other)));
}

function rangesOf(texts: readonly string[]): AddressRange[] {
  return texts.flatMap((text) => {
    const range = parseCidr(text);
    return range.ok ? [range.value] : [];
  });
}

/** Two ranges overlap where one holds the other. */
function isOverlapping(one: AddressRange, other: AddressRange): boolean {
  const prefix = Math.min(one.prefix, other.prefix);
  for (let bit = 0; bit < prefix; bit++) {
    if (bitOf(one.address, bit) !== bitOf(other.address, bit)) return false;
  }
  return true;
}

function bitOf(address: AddressWords, bit: number): number {
  return ((address[bit >>> 5] ?? 0) >>> (31 - (bit & 31))) & 1;
}
