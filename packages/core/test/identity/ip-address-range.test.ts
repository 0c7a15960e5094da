import { describe, expect, test } from "vitest";

import { formatAddress } from "../../src/identity/ip-address-format.ts";
import { AddressRanges, parseCidr } from "../../src/identity/ip-address-range.ts";
import { parseAddress } from "../../src/identity/ip-address.ts";

describe("a network in text", () => {
  test.for([
    { name: "IPv4", text: "10.0.0.0/8", want: "10.0.0.0/104" },
    { name: "one IPv4 address", text: "203.0.113.9", want: "203.0.113.9/128" },
    { name: "all of IPv4", text: "0.0.0.0/0", want: "0.0.0.0/96" },
    { name: "IPv6", text: "2001:DB8::/32", want: "2001:db8::/32" },
    { name: "one IPv6 address", text: "::1", want: "::1/128" },
    { name: "mapped IPv4", text: "::ffff:10.0.0.0/104", want: "10.0.0.0/104" },
    { name: "translated IPv4", text: "64:ff9b::10.0.0.0/104", want: "10.0.0.0/104" },
    { name: "all of translated IPv4", text: "64:ff9b::/96", want: "0.0.0.0/96" },
    { name: "host bits set", text: "10.0.0.1/8", want: undefined },
    { name: "IPv6 host bits set", text: "2001:db8::1/64", want: undefined },
    {
      name: "a mapped address with a prefix meant for IPv4",
      text: "::ffff:10.0.0.0/8",
      want: undefined,
    },
    { name: "a part of the translated network's prefix", text: "64:ff9b::/64", want: undefined },
    { name: "a prefix too long for IPv4", text: "10.0.0.0/33", want: undefined },
    { name: "a prefix too long for IPv6", text: "::/129", want: undefined },
    { name: "an empty prefix", text: "10.0.0.0/", want: undefined },
    { name: "a prefix with a leading zero", text: "10.0.0.0/08", want: undefined },
    { name: "a signed prefix", text: "10.0.0.0/+8", want: undefined },
    { name: "a mask", text: "10.0.0.0/255.0.0.0", want: undefined },
    { name: "two prefixes", text: "10.0.0.0/8/8", want: undefined },
    { name: "a blank", text: "10.0.0.0 /8", want: undefined },
    { name: "a name", text: "localhost", want: undefined },
    { name: "nothing", text: "", want: undefined },
  ])("$name", ({ text, want }) => {
    const result = parseCidr(text);
    const got = result.ok
      ? `${formatAddress(result.value.address)}/${result.value.prefix}`
      : undefined;
    expect(got).toBe(want);
  });
});

describe("whether a network has an address", () => {
  test.for([
    { name: "the first", range: "10.10.8.0/21", address: "10.10.8.0", want: true },
    { name: "the last", range: "10.10.8.0/21", address: "10.10.15.255", want: true },
    { name: "one before", range: "10.10.8.0/21", address: "10.10.7.255", want: false },
    { name: "one behind", range: "10.10.8.0/21", address: "10.10.16.0", want: false },
    { name: "the mapped spelling", range: "10.0.0.0/8", address: "::ffff:10.1.2.3", want: true },
    { name: "IPv6 within", range: "2001:db8::/43", address: "2001:db8:1f::1", want: true },
    { name: "IPv6 behind", range: "2001:db8::/43", address: "2001:db8:20::1", want: false },
    { name: "IPv6 in all of IPv6", range: "::/0", address: "2001:db8::1", want: true },
    { name: "IPv4 in all of IPv6", range: "::/0", address: "192.0.2.1", want: false },
    { name: "IPv6 in all of IPv4", range: "0.0.0.0/0", address: "::1", want: false },
  ])("$name: $want", ({ range, address, want }) => {
    const result = parseCidr(range);
    if (!result.ok) throw new Error(JSON.stringify(result.issues));
    const words = new Uint32Array(4);
    expect(parseAddress(address, words)).toBe(true);
    expect(new AddressRanges([result.value]).has(words)).toBe(want);
    expect(new AddressRanges([]).has(words)).toBe(false);
  });
});
