import { ALLOW, allocateLists, ClientLists, denyFlag } from "@portcullis/core";
import type { ListKey } from "@portcullis/store";
import { describe, expect, test } from "vitest";

import { keyBytes, keyFromBytes, keyOf } from "../src/list-key.ts";
import { SharedLists } from "../src/shared-lists.ts";
import { attachLists, flagsOf, hashKey, ipOf, NOW, tokenOf } from "./engine-fixture.ts";

const ENTRIES = 64;

/** The control plane and one edge that is handed every grown table. */
function threads(maxEntries: number, publish?: () => void) {
  const buffers = allocateLists(ENTRIES, maxEntries);
  const posted: SharedArrayBuffer[] = [];
  const edge = new ClientLists({
    key: hashKey(),
    buffers,
    writerId: 1,
    replaced: () => posted.shift(),
  });
  const lists = attachLists(buffers, -1);
  const shared = new SharedLists({
    lists,
    publishPart: (part) => {
      publish?.();
      posted.push(part);
    },
    nowSeconds: () => NOW,
  });
  return { edge, lists, shared };
}

function entryOf(value: string, given: Partial<ListKey> = {}): ListKey {
  const key = keyOf(tokenOf(value), hashKey());
  return {
    list: "deny",
    source: "method",
    kind: "token",
    key: keyBytes(key),
    prefix: key.prefix,
    expiresAt: 0,
    ...given,
  };
}

const METHOD = denyFlag("method");

describe("lists in shared memory", () => {
  test("grow as they fill, and an edge finds every entry in the grown table", () => {
    const { edge, lists, shared } = threads(1024);
    for (let i = 0; i < 500; i++) expect(shared.addStored(entryOf(`t${i}`))).toBe(true);
    expect(lists.cells() / 500).toBeLessThan(1.3);
    const found = Array.from({ length: 500 }, (_, i) => flagsOf(edge, tokenOf(`t${i}`)));
    expect(new Set(found)).toEqual(new Set([METHOD]));
    expect(flagsOf(edge, tokenOf("t500"))).toBe(0);
  });

  test("grow no further than they may, and say that there is no room", () => {
    const { lists, shared } = threads(128);
    const added = Array.from({ length: 200 }, (_, i) => shared.addStored(entryOf(`t${i}`)));
    expect(added.filter(Boolean)).toHaveLength(124);
    expect(added.indexOf(false)).toBe(124);
    expect([lists.entries(), flagsOf(lists, tokenOf("t124"))]).toEqual([124, 0]);
  });

  test("keep room for manual entries where detected ones have taken all of theirs", () => {
    const { lists, shared } = threads(ENTRIES);
    for (let i = 0; i < 100; i++) shared.addStored(entryOf(`t${i}`));
    expect(shared.addStored(entryOf("t100"))).toBe(false);
    expect(shared.addStored(entryOf("manual", { source: "manual" }))).toBe(true);
    expect(shared.addStored(entryOf("allowed", { list: "allow", source: "manual" }))).toBe(true);
    expect(flagsOf(lists, tokenOf("allowed"))).toBe(ALLOW);
  });

  test("have room again at their limit for an operator's entry when denials have expired", () => {
    const { edge, lists, shared } = threads(ENTRIES);
    for (let i = 0; i < 62; i++) shared.addStored(entryOf(`t${i}`, { expiresAt: NOW }));
    for (let i = 0; i < 2; i++) shared.addStored(entryOf(`m${i}`, { source: "manual" }));
    expect(shared.addStored(entryOf("t62"))).toBe(false);
    expect(shared.addStored(entryOf("m2", { source: "manual" }))).toBe(true);
    expect([lists.entries(), flagsOf(edge, tokenOf("m2"))]).toEqual([3, denyFlag("manual")]);
  });

  test("make room for many at once, and shrink when they are gone", () => {
    const { edge, lists, shared } = threads(100_000);
    shared.reserve(90_000, 0);
    const roomy = lists.cells();
    for (let i = 0; i < 90_000; i++) shared.addStored(entryOf(`t${i}`));
    expect([lists.cells(), lists.entries()]).toEqual([roomy, 90_000]);
    shared.removeFlags(METHOD);
    expect(lists.cells()).toBeLessThan(20_000);
    expect([lists.entries(), flagsOf(edge, tokenOf("t1"))]).toEqual([0, 0]);
  });

  test("at their limit have room again for what was removed", () => {
    const { edge, shared } = threads(ENTRIES);
    for (let i = 0; i < 1000; i++) {
      expect(shared.addStored(entryOf(`t${i}`))).toBe(true);
      shared.removeStored(entryOf(`t${i}`));
    }
    expect(flagsOf(edge, tokenOf("t999"))).toBe(0);
  });

  test("stay within their limit, half full and with much coming and going", () => {
    const { edge, lists, shared } = threads(ENTRIES);
    for (let i = 0; i < 2000; i++) {
      expect(shared.addStored(entryOf(`t${i}`))).toBe(true);
      if (i >= 60) shared.removeStored(entryOf(`t${i - 60}`));
      expect(lists.cells()).toBeLessThanOrEqual(200);
    }
    const kept = Array.from({ length: 60 }, (_, i) => flagsOf(edge, tokenOf(`t${1940 + i}`)));
    expect(new Set(kept)).toEqual(new Set([METHOD]));
  });

  test("stay as they are if a grown table cannot be handed over", () => {
    const { edge, lists, shared } = threads(1024, () => {
      throw new Error("no such port");
    });
    const cells = lists.cells();
    expect(() => {
      for (let i = 0; i < 500; i++) shared.addStored(entryOf(`t${i}`));
    }).toThrow("no such port");
    expect(lists.cells()).toBe(cells);
    expect(flagsOf(edge, tokenOf("t0"))).toBe(METHOD);
  });

  test("take one source from an entry and leave the others", () => {
    const { edge, shared } = threads(ENTRIES);
    const range = keyOf(ipOf("192.0.2.0/24"), hashKey());
    const stored = { kind: "ip", key: keyBytes(range), prefix: range.prefix } as const;
    shared.addStored(entryOf("", { ...stored, source: "manual" }));
    shared.addStored(entryOf("", { ...stored, source: "decoy" }));
    shared.removeStored(entryOf("", { ...stored, source: "decoy" }));
    expect(flagsOf(edge, ipOf("192.0.2.77"))).toBe(denyFlag("manual"));
    shared.removeFlags(denyFlag("manual"));
    expect(flagsOf(edge, ipOf("192.0.2.77"))).toBe(0);
  });
});

const wordsOf = (kind: "api-key" | "cookie", name: string): readonly number[] => [
  ...keyOf({ kind, name, value: "v" }, hashKey()).words,
];

describe("the key of an entry", () => {
  test.for([
    tokenOf("t1"),
    ipOf("192.0.2.1"),
    ipOf("2001:db8::/48"),
    { kind: "cookie", name: "SID", value: "s1" } as const,
  ])("comes back from its bytes: $kind $value", (client) => {
    const key = keyOf(client, hashKey());
    expect(keyFromBytes(keyBytes(key), key.isAddress, key.prefix)).toEqual(key);
  });

  test("has no case where the name of an API key is concerned, and case in a cookie's", () => {
    expect(wordsOf("api-key", "X-API-KEY")).toEqual(wordsOf("api-key", "x-api-key"));
    expect(wordsOf("cookie", "SID")).not.toEqual(wordsOf("cookie", "sid"));
  });
});
