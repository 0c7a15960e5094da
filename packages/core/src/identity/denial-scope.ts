import { formatAddress } from "./ip-address-format.ts";
import { AddressRanges } from "./ip-address-range.ts";
import { type AddressWords, applyPrefix, isIpv4 } from "./ip-address.ts";

const WHOLE_ADDRESS = 128;
/** RFC 3056: a 6to4 site is a /48, one for each IPv4 address. */
const SIX_TO_FOUR = 0x2002;
const SIX_TO_FOUR_PREFIX = 48;

/**
 * How much of the net an automatic denial by address covers. One IPv4 address; of IPv6 the network
 * that one customer has, for he may change the address in it with every request.
 *
 * Nobody's network is denied with a trusted proxy in it: then it is the one address only.
 */
export class DenialScope {
  readonly #ipv6Prefix: number;
  readonly #spared: AddressRanges;

  constructor(ipv6Prefix: number, spared: AddressRanges) {
    this.#ipv6Prefix = ipv6Prefix;
    this.#spared = spared;
  }

  /** How many leading bits of `address` a denial covers. */
  prefixOf(address: AddressWords): number {
    if (isIpv4(address)) return WHOLE_ADDRESS;
    const isSixToFour = (address[0] ?? 0) >>> 16 === SIX_TO_FOUR;
    const prefix = isSixToFour ? Math.min(this.#ipv6Prefix, SIX_TO_FOUR_PREFIX) : this.#ipv6Prefix;
    return this.#spared.overlaps(address, prefix) ? WHOLE_ADDRESS : prefix;
  }

  /** What a denial of `address` covers, as text: an address, or `2001:db8:0:1::/64`. */
  format(address: AddressWords): string {
    const prefix = this.prefixOf(address);
    if (prefix === WHOLE_ADDRESS) return formatAddress(address);
    const network = address.slice();
    applyPrefix(network, prefix);
    return `${formatAddress(network)}/${prefix}`;
  }
}

/** Denies one address at a time, of either family. */
export const SINGLE_ADDRESSES: DenialScope = new DenialScope(WHOLE_ADDRESS, new AddressRanges([]));
