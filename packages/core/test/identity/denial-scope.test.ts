import { describe, expect, test } from "vitest";

import { DenialScope, SINGLE_ADDRESSES } from "../../src/identity/denial-scope.ts";
import { AddressRanges, parseCidr } from "../../src/identity/ip-address-range.ts";
import { parseAddress } from "../../src/identity/ip-address.ts";

function scope(prefix: number, spared: readonly string[] = []): DenialScope {
  const ranges = spared.map((text) => {
    const range = parseCidr(text);
    if (!range.ok) throw new Error(text);
    return range.value;
  });
  return new DenialScope(prefix, new AddressRanges(ranges));
}

function words(text: string): Uint32Array {
  const address = new Uint32Array(4);
  if (!parseAddress(text, address)) throw new Error(text);
  return address;
}

describe("an automatic denial covers", () => {
  test.for([
    {
      name: "one address of IPv4",
      given: scope(64),
      address: "203.0.113.9",
      want: "203.0.113.9",
    },
    {
      name: "one address of IPv4 that came as IPv6",
      given: scope(64),
      address: "::ffff:203.0.113.9",
      want: "203.0.113.9",
    },
    {
      name: "the network of an IPv6 customer",
      given: scope(64),
      address: "2001:db8:0:7:a:b:c:d",
      want: "2001:db8:0:7::/64",
    },
    {
      name: "a network of the size that is configured",
      given: scope(56),
      address: "2001:db8:0:7ff::1",
      want: "2001:db8:0:700::/56",
    },
    {
      name: "one IPv6 address where that is configured",
      given: scope(128),
      address: "2001:db8::1",
      want: "2001:db8::1",
    },
    {
      name: "the whole site of a 6to4 router, which is one IPv4 address",
      given: scope(64),
      address: "2002:cb00:7109:7::1",
      want: "2002:cb00:7109::/48",
    },
    {
      name: "the one address where a trusted proxy is in the network",
      given: scope(64, ["2001:db8:0:7::1"]),
      address: "2001:db8:0:7::2",
      want: "2001:db8:0:7::2",
    },
    {
      name: "the one address where the network is in a trusted one",
      given: scope(64, ["2001:db8::/32"]),
      address: "2001:db8:0:7::2",
      want: "2001:db8:0:7::2",
    },
    {
      name: "the network where a trusted proxy is in the next one",
      given: scope(64, ["2001:db8:0:8::1", "10.0.0.0/8"]),
      address: "2001:db8:0:7::2",
      want: "2001:db8:0:7::/64",
    },
    {
      name: "one address at a time without a scope",
      given: SINGLE_ADDRESSES,
      address: "2001:db8:0:7::2",
      want: "2001:db8:0:7::2",
    },
  ])("$name", ({ address, given, want }) => {
    expect(given.format(words(address))).toBe(want);
  });

  test("what its text says, in every case", () => {
    for (const text of ["2001:db8:0:7:a::", "2002:cb00:7109:7::1", "203.0.113.9"]) {
      const denied = parseCidr(scope(64).format(words(text)));
      expect(denied.ok && denied.value.prefix).toBe(scope(64).prefixOf(words(text)));
    }
  });
});
