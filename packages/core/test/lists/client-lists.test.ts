import { describe, expect, test } from "vitest";

import { DENY_SOURCES } from "../../src/identity/client-identifier.ts";
import type { ClientLists } from "../../src/lists/client-lists.ts";
import {
  ALLOW,
  DENY_MASK,
  denyFlag,
  DETECTED_MASK,
  FLAG_MASK,
} from "../../src/lists/list-flags.ts";
import { allocateLists, MAX_ENTRIES } from "../../src/lists/list-layout.ts";
import { ListsArgumentError } from "../../src/lists/lists-error.ts";
import { NEVER } from "../../src/lists/slot-state.ts";
import { NOW, openLists, tokenKey } from "./lists-fixture.ts";

const MANUAL = denyFlag("manual");
const DECOY = denyFlag("decoy");
const METHOD = denyFlag("method");
const ANALYTICS = denyFlag("analytics");
const mallory = tokenKey("mallory");

test("every source has a bit of its own, and none is the allow bit", () => {
  const bits = DENY_SOURCES.map((source) => denyFlag(source));
  expect(new Set([ALLOW, ...bits]).size).toBe(DENY_SOURCES.length + 1);
  expect(bits.reduce((mask, bit) => mask | bit, 0)).toBe(DENY_MASK);
  expect(DETECTED_MASK).toBe(DENY_MASK & ~(MANUAL | ANALYTICS));
});

describe("flagsOf after some additions", () => {
  type Addition = readonly [flag: number, expiry: number, at: number];
  interface Row {
    readonly name: string;
    readonly given: readonly Addition[];
    readonly now: number;
    readonly want: number;
    readonly until: number;
  }
  const rows: readonly Row[] = [
    { name: "nothing added", given: [], now: NOW, want: 0, until: NEVER },
    {
      name: "a denial without expiry",
      given: [[MANUAL, 0, NOW]],
      now: NOW * 2,
      want: MANUAL,
      until: NEVER,
    },
    {
      name: "the second before the expiry",
      given: [[DECOY, NOW + 9, NOW]],
      now: NOW + 8,
      want: DECOY,
      until: NOW + 9,
    },
    {
      name: "the second of the expiry",
      given: [[DECOY, NOW + 9, NOW]],
      now: NOW + 9,
      want: 0,
      until: NEVER,
    },
    {
      name: "an expiry past 2038",
      given: [[DECOY, 2_500_000_000, NOW]],
      now: 2_499_999_999,
      want: DECOY,
      until: 2_500_000_000,
    },
    {
      name: "a second source that ends later",
      given: [
        [DECOY, NOW + 9, NOW],
        [METHOD, NOW + 20, NOW],
      ],
      now: NOW + 10,
      want: DECOY | METHOD,
      until: NOW + 20,
    },
    {
      name: "a second source that ends sooner does not shorten the first",
      given: [
        [MANUAL, 0, NOW],
        [METHOD, NOW + 1, NOW],
      ],
      now: NOW + 10,
      want: MANUAL | METHOD,
      until: NEVER,
    },
    {
      name: "an expired denial does not come back with another source",
      given: [
        [DECOY, NOW + 9, NOW],
        [MANUAL, 0, NOW + 9],
      ],
      now: NOW + 9,
      want: MANUAL,
      until: NEVER,
    },
    {
      name: "an expired denial does not come back with an allow entry",
      given: [
        [DECOY, NOW + 9, NOW],
        [ALLOW, 0, NOW + 9],
      ],
      now: NOW,
      want: ALLOW,
      until: NEVER,
    },
    {
      name: "a denial that ends leaves the allow entry",
      given: [
        [ALLOW, 0, NOW],
        [DECOY, NOW + 9, NOW],
      ],
      now: NOW + 9,
      want: ALLOW,
      until: NEVER,
    },
    {
      name: "an allow entry does not make a denial last",
      given: [
        [DECOY, NOW + 9, NOW],
        [ALLOW, 0, NOW],
      ],
      now: NOW + 8,
      want: ALLOW | DECOY,
      until: NOW + 9,
    },
  ];

  test.for(rows)("$name", ({ given, now, want, until }) => {
    const lists = openLists();
    for (const [flag, expiry, at] of given) lists.add(mallory, 0, flag, expiry, at);
    expect(lists.flagsOf(mallory, 0, now)).toBe(want);
    expect(lists.validUntil).toBe(until);
    expect(lists.flagsOf(tokenKey("alice"), 0, now)).toBe(0);
  });
});

describe("a change and the generation", () => {
  test.for([
    {
      name: "a new entry",
      change: (lists: ClientLists) => lists.add(tokenKey("x"), 0, MANUAL, 0, NOW),
      want: "added",
      bumps: 1,
    },
    {
      name: "a second source",
      change: (lists: ClientLists) => lists.add(mallory, 0, METHOD, 0, NOW),
      want: "added",
      bumps: 1,
    },
    {
      name: "the same again",
      change: (lists: ClientLists) => lists.add(mallory, 0, DECOY, NOW + 9, NOW),
      want: "present",
      bumps: 0,
    },
    {
      name: "the same for longer",
      change: (lists: ClientLists) => lists.add(mallory, 0, DECOY, NOW + 10, NOW),
      want: "present",
      bumps: 1,
    },
    {
      name: "the same once it has expired",
      change: (lists: ClientLists) => lists.add(mallory, 0, DECOY, NOW + 30, NOW + 9),
      want: "added",
      bumps: 1,
    },
    {
      name: "a removal",
      change: (lists: ClientLists) => lists.remove(mallory, 0, DECOY, NOW),
      want: true,
      bumps: 1,
    },
    {
      name: "a removal of another source",
      change: (lists: ClientLists) => lists.remove(mallory, 0, MANUAL, NOW),
      want: false,
      bumps: 0,
    },
    {
      name: "a removal of what has expired",
      change: (lists: ClientLists) => lists.remove(mallory, 0, DECOY, NOW + 9),
      want: false,
      bumps: 0,
    },
    {
      name: "a removal of an unknown identifier",
      change: (lists: ClientLists) => lists.remove(tokenKey("x"), 0, FLAG_MASK, NOW),
      want: false,
      bumps: 0,
    },
  ])("$name: $want", ({ change, want, bumps }) => {
    const lists = openLists();
    lists.add(mallory, 0, DECOY, NOW + 9, NOW);
    const before = lists.generation();
    expect(change(lists)).toBe(want);
    expect(lists.generation() - before).toBe(bumps);
  });
});

test.for([
  { name: "no flag", flag: 0, expiry: 0 },
  { name: "a bit that is no flag", flag: 256, expiry: 0 },
  { name: "a negative flag", flag: -1, expiry: 0 },
  { name: "a negative expiry", flag: MANUAL, expiry: -1 },
  { name: "an expiry in milliseconds", flag: MANUAL, expiry: NOW * 1000 },
  { name: "no number", flag: MANUAL, expiry: Number.NaN },
  { name: "half a second", flag: MANUAL, expiry: NOW + 0.5 },
  { name: "an allow entry with an expiry", flag: ALLOW, expiry: NOW + 9 },
])("an entry with $name is refused and changes nothing", ({ flag, expiry }) => {
  const lists = openLists();
  expect(() => lists.add(mallory, 0, flag, expiry, NOW)).toThrow(ListsArgumentError);
  expect([lists.entries(), lists.generation()]).toEqual([0, 0]);
  expect(lists.add(mallory, 0, MANUAL, 0, NOW)).toBe("added");
});

test.for([0, -1, 1.5, MAX_ENTRIES + 1, Number.NaN])("room for %d entries is refused", (entries) => {
  expect(() => allocateLists(entries)).toThrow(ListsArgumentError);
});

test.for([9, MAX_ENTRIES + 1, 10.5])("a limit of %d for 10 entries is refused", (limit) => {
  expect(() => allocateLists(10, limit)).toThrow(ListsArgumentError);
});

test.for([0, 0.5, 2 ** 32])("a writer id of %d is refused", (writerId) => {
  expect(() => openLists({ writerId })).toThrow(ListsArgumentError);
});

test("identifierFlags leaves the key where add takes it", () => {
  const lists = openLists();
  const keys = new Int32Array(20);
  expect(lists.identifierFlags(1, "SID", "abc", NOW, keys)).toBe(0);
  lists.add(keys, 4, DECOY, 0, NOW);
  expect(lists.identifierFlags(1, "SID", "abc", NOW, keys)).toBe(DECOY);
  expect(lists.identifierFlags(1, "sid", "abc", NOW, keys)).toBe(0);
  expect(lists.identifierFlags(0, "SID", "abc", NOW, keys)).toBe(0);
});
