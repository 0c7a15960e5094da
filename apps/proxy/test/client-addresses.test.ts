import { clientAddress, type HopSource, parseAddress, RequestView } from "@portcullis/core";
import { expect, test, vi } from "vitest";

import { ClientAddresses } from "../src/server/client-addresses.ts";
import { trustedRanges } from "../src/server/trusted-ranges.ts";

const PEERS = ["10.0.0.1", "10.0.0.2", "203.0.113.9", "2001:db8:ffff::1", "2001:db8::1"];

/** Many of them end alike, and so share a place. */
const HOPS = [
  "",
  "203.0.113.9",
  " 203.0.113.9",
  "103.0.113.9",
  "x203.0.113.9",
  "203.0.113.9:80",
  "198.51.100.7, 203.0.113.9",
  "198.51.100.7,  203.0.113.9",
  "203.0.113.9, 10.0.0.2",
  "unknown, 203.0.113.9",
  "203.0.113.9, unknown",
  "10.0.0.2",
  "10.0.0.2, 10.0.0.3",
  "[2001:db8::7]:443",
  "2001:db8::7",
  "2001:db8:ffff::7",
  `${"198.51.100.7, ".repeat(20)}203.0.113.9`,
  `203.0.113.9${", 10.0.0.2".repeat(4)}`,
  "for=203.0.113.9",
  "for=198.51.100.7, for=203.0.113.9",
  'for="[2001:db8::7]"',
];

function addressOf(text: string): Uint32Array {
  const words = new Uint32Array(4);
  if (!parseAddress(text, words)) throw new Error(text);
  return words;
}

test("what a proxy says of a thousand clients in turn is read once, but for a few", () => {
  const trusted = trustedRanges(["10.0.0.0/8"]);
  const addresses = new ClientAddresses({ header: "x-forwarded-for", trusted, maxHops: 3 });
  const hops = Array.from({ length: 1000 }, (_, at) => `198.18.${at >> 8}.${at & 255}`);
  const view = new RequestView();
  view.peer.set(addressOf("10.0.0.1"));
  const asked = vi.spyOn(trusted, "has");
  const readAll = (): number => {
    asked.mockClear();
    for (const text of hops) {
      view.hops = text;
      addresses.find(view);
    }
    return asked.mock.calls.length;
  };
  // Reading asks about the peer once more, and about the client.
  expect(readAll()).toBeGreaterThanOrEqual(2000);
  expect(readAll()).toBeLessThan(1050);
});

test.for(["x-forwarded-for", "forwarded", "x-real-ip"] as const)(
  "a client is found as anew, whoever came before: %s",
  (header) => {
    const trusted = trustedRanges(["10.0.0.0/8", "2001:db8:ffff::/48"]);
    const source: HopSource = { header, trusted, maxHops: 3 };
    const addresses = new ClientAddresses(source);
    const view = new RequestView();
    const wrong: unknown[] = [];
    const both = HOPS.flatMap((hops) => PEERS.map((peer) => ({ hops, peer })));
    for (const { hops, peer } of [...both, ...both.toReversed(), ...both]) {
      view.reset();
      view.peer.set(addressOf(peer));
      view.hops = hops;
      addresses.find(view);
      const want = new Uint32Array(4);
      const isClient = clientAddress(view.peer, hops, source, want);
      const isSame =
        view.address.join(" ") === want.join(" ") &&
        view.isSharedAddress === !isClient &&
        view.isFromProxy === trusted.has(view.peer);
      if (!isSame) wrong.push({ hops, peer, got: [...view.address], want: [...want] });
    }
    expect(wrong).toEqual([]);
  },
);
