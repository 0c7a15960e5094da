import { describe, expect, test } from "vitest";

import { ALLOW, denyFlag, DETECTED_MASK } from "../../src/lists/list-flags.ts";
import { allocateLists } from "../../src/lists/list-layout.ts";
import { ListsArgumentError } from "../../src/lists/lists-error.ts";
import { NEVER } from "../../src/lists/slot-state.ts";
import { ipv4, NOW, openLists } from "./lists-fixture.ts";

const MANUAL = denyFlag("manual");
const DECOY = denyFlag("decoy");
const METHOD = denyFlag("method");

/** The bits of an IPv6 network, word by word. */
const network = (...words: readonly number[]) =>
  Uint32Array.from({ length: 4 }, (_, i) => words[i] ?? 0);

const bitsOf = (address: Uint32Array, prefix: number): bigint => {
  const whole = address.reduce((sum, word) => (sum << 32n) | BigInt(word), 0n);
  return whole >> BigInt(128 - prefix);
};

describe("addresses", () => {
  test.for([
    { name: "the address itself", address: ipv4(10, 1, 2, 3), want: MANUAL | METHOD | ALLOW },
    { name: "a neighbour in the narrow range", address: ipv4(10, 1, 2, 4), want: MANUAL | ALLOW },
    { name: "the last of the wide range", address: ipv4(10, 255, 255, 255), want: MANUAL },
    { name: "the first past it", address: ipv4(11, 0, 0, 0), want: 0 },
    {
      name: "the same bits outside the IPv4 space",
      address: Uint32Array.of(0, 0, 0, 0x0a01_0203),
      want: 0,
    },
  ])("$name", ({ address, want }) => {
    const lists = openLists();
    lists.addAddress(ipv4(10, 9, 9, 9), 104, MANUAL, 0, NOW);
    lists.addAddress(ipv4(10, 1, 2, 0), 120, ALLOW, 0, NOW);
    lists.addAddress(ipv4(10, 1, 2, 3), 128, METHOD, NOW + 9, NOW);
    expect(lists.addressFlags(address, NOW)).toBe(want);
    expect(lists.validUntil).toBe((want & METHOD) === 0 ? NEVER : NOW + 9);
  });

  test("every prefix holds its own range and not the one beside it", () => {
    for (let prefix = 1; prefix <= 128; prefix++) {
      const lists = openLists();
      const address = Uint32Array.of(0x2001_0db8, 0x1234_5678, -0x6543_2110, 0x1357_9bdf);
      lists.addAddress(address, prefix, MANUAL, 0, NOW);
      expect(lists.addressFlags(address, NOW)).toBe(MANUAL);
      const word = (prefix - 1) >> 5;
      address[word] = (address[word] ?? 0) ^ (1 << (31 - ((prefix - 1) & 31)));
      expect(lists.addressFlags(address, NOW)).toBe(0);
    }
  });

  test("a prefix of 0 holds every address", () => {
    const lists = openLists();
    lists.addAddress(ipv4(10, 0, 0, 0), 0, MANUAL, 0, NOW);
    expect(lists.addressFlags(Uint32Array.of(0x2001_0db8, 0, 0, 1), NOW)).toBe(MANUAL);
  });

  test("IPv4 addresses are members of ::/64, and of no customer's network", () => {
    const lists = openLists();
    lists.addAddress(network(), 64, MANUAL, 0, NOW);
    lists.addAddress(network(0x2001_0db8, 1), 64, DECOY, NOW + 9, NOW);
    expect(lists.addressFlags(ipv4(10, 0, 0, 1), NOW)).toBe(MANUAL);
    expect(lists.validUntil).toBe(NEVER);
    expect(lists.addressFlags(network(0x2001_0db8, 1, 7, 7), NOW)).toBe(DECOY);
    expect(lists.validUntil).toBe(NOW + 9);
    expect(lists.addressFlags(network(0x2001_0db8, 2, 7, 7), NOW)).toBe(0);
    expect(lists.removeAddress(network(0x2001_0db8, 1), 64, DECOY, NOW)).toBe(true);
    expect(lists.addressFlags(network(0x2001_0db8, 1, 7, 7), NOW)).toBe(0);
  });

  test("a range is found in the midst of thousands, of every length, before and after growth", () => {
    const lists = openLists({ buffers: allocateLists(64, 20_000) });
    const plain: { readonly bits: bigint; readonly prefix: number }[] = [];
    let seed = 7;
    const random = () => (seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0);
    for (let i = 0; i < 5000; i++) {
      // Few first words, so that ranges hold one another.
      const address = network(random() & 0xff, random(), random(), random());
      const prefix = 24 + ((random() >>> 8) % 104);
      if (lists.needsGrowth()) lists.grow(NOW, () => undefined);
      lists.addAddress(address, prefix, MANUAL, 0, NOW);
      plain.push({ bits: bitsOf(address, prefix), prefix });
    }
    const isListed = (address: Uint32Array) =>
      plain.some(({ bits, prefix }) => bitsOf(address, prefix) === bits);
    let hits = 0;
    for (let i = 0; i < 2000; i++) {
      const address = network(random() & 0xfff, random(), random(), random());
      const want = isListed(address);
      if (want) hits++;
      expect(lists.addressFlags(address, NOW) !== 0).toBe(want);
    }
    expect(hits).toBeGreaterThan(100);
    expect(hits).toBeLessThan(1900);
  });

  test("a prefix length is looked up while any of its ranges is left", () => {
    const lists = openLists();
    lists.addAddress(ipv4(10, 0, 0, 0), 104, MANUAL, 0, NOW);
    lists.addAddress(ipv4(11, 0, 0, 0), 104, DECOY, 0, NOW);
    expect(lists.removeFlags(DETECTED_MASK)).toBe(1);
    expect(lists.addressFlags(ipv4(10, 0, 0, 1), NOW)).toBe(MANUAL);
    expect(lists.removeAddress(ipv4(10, 7, 7, 7), 104, MANUAL, NOW)).toBe(true);
    expect(lists.removeAddress(ipv4(10, 7, 7, 7), 104, MANUAL, NOW)).toBe(false);
    expect(lists.addressFlags(ipv4(10, 0, 0, 1), NOW)).toBe(0);
    lists.addAddress(ipv4(10, 0, 0, 0), 104, METHOD, 0, NOW);
    expect(lists.addressFlags(ipv4(10, 0, 0, 1), NOW)).toBe(METHOD);
  });

  test.for([-1, 129, 32.5, Number.NaN])("a prefix of %d is refused", (prefix) => {
    const lists = openLists();
    expect(() => lists.addAddress(ipv4(10, 0, 0, 0), prefix, MANUAL, 0, NOW)).toThrow(
      ListsArgumentError,
    );
    expect(() => lists.removeAddress(ipv4(10, 0, 0, 0), prefix, MANUAL, NOW)).toThrow(
      ListsArgumentError,
    );
  });
});
