import type { AddressRanges } from "./ip-address-range.ts";

/**
 * The headers that proxies name the client in, in lower case. A closed set: each of them is dropped
 * from every request, whichever is believed, so that no upstream reads a client's own word in one.
 */
export const HOP_HEADERS = [
  "x-forwarded-for",
  "forwarded",
  "x-real-ip",
  "cf-connecting-ip",
  "true-client-ip",
  "fastly-client-ip",
  "x-client-ip",
] as const;

/** One of the headers that proxies name the client in. */
export type HopHeader = (typeof HOP_HEADERS)[number];

/** Whose word on the client's address is believed, and where it stands. */
export interface HopSource {
  /** `x-forwarded-for` and `forwarded` are lists of hops; the others hold one address. */
  readonly header: HopHeader;
  readonly trusted: AddressRanges;
  /** More hops than this are not believed. */
  readonly maxHops: number;
}

/** Whether the header holds one address, which its proxy writes anew, and no list of hops. */
export function isSingleHop(header: HopHeader): boolean {
  return header !== "x-forwarded-for" && header !== "forwarded";
}
