import { describe, expect, test } from "vitest";

import { clientAddress } from "../../src/identity/client-address.ts";
import type { HopSource } from "../../src/identity/hop-source.ts";
import { formatAddress } from "../../src/identity/ip-address-format.ts";
import { AddressRanges, parseCidr } from "../../src/identity/ip-address-range.ts";
import { parseAddress } from "../../src/identity/ip-address.ts";

const trusted = new AddressRanges(
  ["10.0.0.0/8", "2001:db8:ffff::/48"].map((text) => {
    const result = parseCidr(text);
    if (!result.ok) throw new Error(JSON.stringify(result.issues));
    return result.value;
  }),
);

const MAX_HOPS = 32;
const source: HopSource = { header: "x-forwarded-for", trusted, maxHops: MAX_HOPS };

function words(text: string): Uint32Array {
  const address = new Uint32Array(4);
  if (!parseAddress(text, address)) throw new Error(text);
  return address;
}

const PROXY = "10.0.0.1";
const CLIENT = "203.0.113.9";

describe("who the client is", () => {
  test.for([
    {
      name: "the peer, whatever it claims, when it is not trusted",
      peer: CLIENT,
      header: "192.0.2.1",
      want: [CLIENT, true],
    },
    {
      name: "the one hop before a trusted peer",
      peer: PROXY,
      header: CLIENT,
      want: [CLIENT, true],
    },
    {
      name: "the right-most hop, not the forged one before it",
      peer: PROXY,
      header: `192.0.2.1, ${CLIENT}`,
      want: [CLIENT, true],
    },
    {
      name: "the hop before a second trusted proxy",
      peer: PROXY,
      header: `192.0.2.1, ${CLIENT}, 10.0.0.2`,
      want: [CLIENT, true],
    },
    {
      name: "not one behind a forged trusted hop",
      peer: PROXY,
      header: `192.0.2.1, 10.0.0.3, ${CLIENT}`,
      want: [CLIENT, true],
    },
    {
      name: "a mapped address as IPv4",
      peer: PROXY,
      header: `::ffff:${CLIENT}`,
      want: [CLIENT, true],
    },
    {
      name: "a mapped peer as IPv4",
      peer: `::ffff:${PROXY}`,
      header: CLIENT,
      want: [CLIENT, true],
    },
    {
      name: "a mapped trusted hop as IPv4",
      peer: PROXY,
      header: `${CLIENT},::ffff:10.0.0.2`,
      want: [CLIENT, true],
    },
    {
      name: "an address with a port",
      peer: PROXY,
      header: `${CLIENT}:49152`,
      want: [CLIENT, true],
    },
    { name: "an IPv6 address", peer: PROXY, header: "2001:DB8::1", want: ["2001:db8::1", true] },
    {
      name: "an IPv6 address in brackets",
      peer: PROXY,
      header: "[2001:db8::1]",
      want: ["2001:db8::1", true],
    },
    {
      name: "an IPv6 address with a port",
      peer: PROXY,
      header: "[2001:db8::1]:443",
      want: ["2001:db8::1", true],
    },
    {
      name: "the hop before a trusted IPv6 proxy",
      peer: "2001:db8:ffff::1",
      header: `${CLIENT}, [2001:db8:ffff::2]:1`,
      want: [CLIENT, true],
    },
    {
      name: "the hop beside empty members and blanks",
      peer: PROXY,
      header: `\t${CLIENT} ,, ,`,
      want: [CLIENT, true],
    },
    {
      name: "the good hop right of junk",
      peer: PROXY,
      header: `unknown, '; drop, ${CLIENT}`,
      want: [CLIENT, true],
    },
    { name: "no one without a header", peer: PROXY, header: "", want: [PROXY, false] },
    { name: "no one in a list of nothing", peer: PROXY, header: " , ,", want: [PROXY, false] },
    {
      name: "no one when every hop is trusted",
      peer: PROXY,
      header: "10.9.9.9, 10.0.0.2",
      want: ["10.9.9.9", false],
    },
    {
      name: "no one behind unknown",
      peer: PROXY,
      header: `${CLIENT}, unknown`,
      want: [PROXY, false],
    },
    {
      name: "no one behind an obfuscated name",
      peer: PROXY,
      header: `${CLIENT}, _hidden, 10.0.0.2`,
      want: ["10.0.0.2", false],
    },
    { name: "no one behind a zone", peer: PROXY, header: "fe80::1%eth0", want: [PROXY, false] },
    {
      name: "no one behind padded numbers",
      peer: PROXY,
      header: "203.000.113.009",
      want: [PROXY, false],
    },
    {
      name: "no one behind a port of letters",
      peer: PROXY,
      header: `${CLIENT}:x`,
      want: [PROXY, false],
    },
    {
      name: "no one behind an empty port",
      peer: PROXY,
      header: `${CLIENT}:`,
      want: [PROXY, false],
    },
    {
      name: "no one behind IPv4 in brackets",
      peer: PROXY,
      header: `[${CLIENT}]`,
      want: [PROXY, false],
    },
    {
      name: "no one behind an open bracket",
      peer: PROXY,
      header: `[2001:db8::1, 10.0.0.2`,
      want: ["10.0.0.2", false],
    },
    {
      name: "no one behind brackets that close in another hop",
      peer: PROXY,
      header: "[::1,10.0.0.2]",
      want: [PROXY, false],
    },
    { name: "no one behind quotes", peer: PROXY, header: `"${CLIENT}"`, want: [PROXY, false] },
    {
      name: "no one behind two addresses in a hop",
      peer: PROXY,
      header: `${CLIENT} 192.0.2.1`,
      want: [PROXY, false],
    },
  ])("$name", ({ peer, header, want }) => {
    const out = new Uint32Array(4).fill(0xdead_beef);
    const isClient = clientAddress(words(peer), header, source, out);
    expect([formatAddress(out), isClient]).toEqual(want);
  });
});

function hops(count: number): string {
  return `${CLIENT}${", 10.0.0.2".repeat(count)}`;
}

describe("a chain without end", () => {
  test("is followed up to the cap", () => {
    const out = new Uint32Array(4);
    expect(clientAddress(words(PROXY), hops(MAX_HOPS - 1), source, out)).toBe(true);
    expect(formatAddress(out)).toBe(CLIENT);
    expect(clientAddress(words(PROXY), hops(MAX_HOPS), source, out)).toBe(false);
    expect(formatAddress(out)).toBe("10.0.0.2");
  });

  test("of nothing uses the cap up as well", () => {
    const out = new Uint32Array(4);
    expect(clientAddress(words(PROXY), `${CLIENT}${",".repeat(MAX_HOPS)}`, source, out)).toBe(
      false,
    );
    expect(formatAddress(out)).toBe(PROXY);
  });
});
