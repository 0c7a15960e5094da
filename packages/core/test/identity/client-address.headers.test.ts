import { bytesPerCall } from "@portcullis/testkit/hot-path";
import { describe, expect, test } from "vitest";

import { clientAddress } from "../../src/identity/client-address.ts";
import type { HopHeader, HopSource } from "../../src/identity/hop-source.ts";
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

interface Row {
  readonly name: string;
  readonly peer?: string;
  readonly hops: string;
  readonly want: readonly [string, boolean];
}

function found(header: HopHeader, { hops: text, peer = PROXY }: Row): readonly [string, boolean] {
  const out = new Uint32Array(4).fill(0xdead_beef);
  const isClient = clientAddress(words(peer), text, { ...source, header }, out);
  return [formatAddress(out), isClient];
}

describe("who the client is by Forwarded", () => {
  test.for<Row>([
    {
      name: "the peer when it is not trusted",
      peer: CLIENT,
      hops: "for=192.0.2.1",
      want: [CLIENT, true],
    },
    { name: "the one hop", hops: `for=${CLIENT}`, want: [CLIENT, true] },
    {
      name: "the right-most hop that is not trusted",
      hops: `for=192.0.2.1, for=${CLIENT};proto=https;by=10.0.0.2, For="10.0.0.2"`,
      want: [CLIENT, true],
    },
    {
      name: "a quoted IPv6 address with a port, whatever the case of the name",
      hops: 'proto=http;FOR="[2001:DB8:cafe::17]:4711"',
      want: ["2001:db8:cafe::17", true],
    },
    {
      name: "a mapped address as IPv4",
      hops: `for="[::ffff:${CLIENT}]"`,
      want: [CLIENT, true],
    },
    {
      name: "not one in the quotes of another parameter",
      hops: `for=${CLIENT};host="a, for=192.0.2.1;for=192.0.2.1"`,
      want: [CLIENT, true],
    },
    {
      name: "the hop that a proxy wrote behind a quote that the client left open",
      hops: `for=", for=${CLIENT}`,
      want: [CLIENT, true],
    },
    {
      name: "the hop that a proxy wrote behind an escape that the client left open",
      hops: `for="\\, for=${CLIENT}`,
      want: [CLIENT, true],
    },
    {
      name: "the hop behind empty elements",
      hops: `for=${CLIENT}, ,`,
      want: [CLIENT, true],
    },
    { name: "no one without the header", hops: "", want: [PROXY, false] },
    { name: "no one behind unknown", hops: "for=unknown", want: [PROXY, false] },
    { name: "no one behind an obfuscated name", hops: "for=_hidden", want: [PROXY, false] },
    {
      name: "no one where a proxy names none",
      hops: `for=${CLIENT}, proto=http, for=10.0.0.2`,
      want: ["10.0.0.2", false],
    },
    {
      name: "no one where a hop names two",
      hops: `for=${CLIENT};for=192.0.2.1`,
      want: [PROXY, false],
    },
    {
      name: "no one where one is in no parameter",
      hops: CLIENT,
      want: [PROXY, false],
    },
    {
      name: "no one behind half a quote",
      hops: `for="${CLIENT}`,
      want: [PROXY, false],
    },
    {
      name: "no one behind an escape in quotes",
      hops: `for=${CLIENT};host="a\\"b"`,
      want: [PROXY, false],
    },
    {
      name: "no one behind text after quotes",
      hops: `for="${CLIENT}"1`,
      want: [PROXY, false],
    },
    { name: "no one behind blanks around the sign", hops: `for =${CLIENT}`, want: [PROXY, false] },
  ])("$name", (row) => {
    expect(found("forwarded", row)).toEqual(row.want);
  });

  test("a chain without end is followed up to the cap", () => {
    const chain = (count: number): Row => ({
      name: "",
      hops: `for=${CLIENT}${", for=10.0.0.2".repeat(count)}`,
      want: [CLIENT, true],
    });
    expect(found("forwarded", chain(MAX_HOPS - 1))).toEqual([CLIENT, true]);
    expect(found("forwarded", chain(MAX_HOPS))).toEqual(["10.0.0.2", false]);
  });
});

describe("who the client is by a header with one address", () => {
  test.for<Row>([
    {
      name: "the peer when it is not trusted",
      peer: CLIENT,
      hops: "192.0.2.1",
      want: [CLIENT, true],
    },
    { name: "the one it names", hops: CLIENT, want: [CLIENT, true] },
    { name: "the one it names, of IPv6", hops: "2001:db8::1", want: ["2001:db8::1", true] },
    { name: "no one without it", hops: "", want: [PROXY, false] },
    { name: "no one where it names a proxy", hops: "10.0.0.7", want: ["10.0.0.7", false] },
    { name: "no one where it is a list", hops: `192.0.2.1, ${CLIENT}`, want: [PROXY, false] },
    { name: "no one behind a zone", hops: "fe80::1%eth0", want: [PROXY, false] },
  ])("$name", (row) => {
    expect(found("x-real-ip", row)).toEqual(row.want);
  });
});

test.for<{ header: HopHeader; hops: string }>([
  { header: "x-forwarded-for", hops: `192.0.2.1, ${CLIENT}:49152, 10.0.0.2` },
  { header: "forwarded", hops: `for=192.0.2.1, for="${CLIENT}:49152";proto=http, for=10.0.0.2` },
  { header: "x-real-ip", hops: CLIENT },
])("finding the client by $header costs no allocation", ({ header, hops: text }) => {
  const peer = words(PROXY);
  const out = new Uint32Array(4);
  const by = { ...source, header };
  expect(bytesPerCall(() => clientAddress(peer, text, by, out))).toBeLessThan(4);
});
