import { describe, expect, test } from "vitest";

import { ALLOW, denyFlag, DETECTED_MASK } from "../../src/lists/list-flags.ts";
import { ListsArgumentError } from "../../src/lists/lists-error.ts";
import { NEVER } from "../../src/lists/slot-state.ts";
import { ipv4, NOW, openLists } from "./lists-fixture.ts";

const MANUAL = denyFlag("manual");
const DECOY = denyFlag("decoy");
const METHOD = denyFlag("method");

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
