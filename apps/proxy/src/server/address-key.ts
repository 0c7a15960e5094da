import { type AddressWords, isIpv4 } from "@portcullis/core";

/** One IPv4 address, or one IPv6 network of 64 bits; empty where addresses are not counted. */
export type AddressKey = number | string;

/** Under what `address` is counted: one customer of IPv6 has a network of 64 bits. */
export function addressKeyOf(address: AddressWords): AddressKey {
  return isIpv4(address) ? (address[3] ?? 0) : `${address[0]}:${address[1]}`;
}
