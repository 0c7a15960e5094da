import { expect } from "vitest";

import type { ListEntry } from "../../src/list-entry.ts";
import { entry } from "../fixtures.ts";
import { type ContractRow, HOSTILE } from "./contract-row.ts";

const valuesOf = (entries: Iterable<ListEntry>): string[] => Array.from(entries, (e) => e.value);

/** How single entries come, stay and go. */
export const LIST_ROWS: readonly ContractRow[] = [
  {
    name: "an entry comes back as it went in",
    run: async ({ lists }) => {
      const given = entry({
        kind: "cookie",
        name: "JSESSIONID",
        key: Uint8Array.from({ length: 16 }, (_, i) => 255 - i),
        expiresAt: 4_102_444_800,
        api: "shop",
        requestId: "r-1",
        reason: "seen",
      });
      expect(await lists.put([given])).toBe(1);
      expect([...lists.entries()].map((e) => ({ ...e, key: [...e.key] }))).toEqual([
        { ...given, key: [...given.key] },
      ]);
    },
  },
  {
    name: "an address keeps its prefix and its bytes for the table in memory",
    run: async ({ lists }) => {
      const key = Uint8Array.from([0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
      await lists.put([entry({ kind: "ip", value: "2001:db8::/64", key, prefix: 64 })]);
      const [found] = lists.keys({ list: "deny" });
      expect({ ...found, key: [...(found?.key ?? [])] }).toEqual({
        list: "deny",
        source: "protocol",
        kind: "ip",
        key: [...key],
        prefix: 64,
        expiresAt: 0,
        api: undefined,
      });
    },
  },
  {
    name: "one entry is found by identifier and source, as it is in memory, until it is removed",
    run: async ({ lists }) => {
      const given = entry({ source: "decoy", expiresAt: 4_102_444_800, api: "shop" });
      await lists.put([given]);
      expect(lists.find("deny", given, "decoy")).toMatchObject({ expiresAt: 4_102_444_800 });
      expect(lists.find("deny", given, "manual")).toBeUndefined();
      expect(lists.find("allow", given, "decoy")).toBeUndefined();
      await lists.remove("deny", given);
      expect(lists.find("deny", given, "decoy")).toBeUndefined();
    },
  },
  {
    name: "entries come in the order they were added, across sources and batches",
    run: async ({ lists }) => {
      await lists.put([entry({ value: "c" }), entry({ value: "a", source: "decoy" })]);
      await lists.put([entry({ value: "b", source: "manual" }), entry({ value: "d" })]);
      expect(valuesOf(lists.entries())).toEqual(["c", "a", "b", "d"]);
      expect(valuesOf(lists.entries({ source: "protocol" }))).toEqual(["c", "d"]);
    },
  },
  {
    name: "an identifier is denied by several sources at once, and loses only the named one",
    run: async ({ lists }) => {
      const client = entry();
      await lists.put([client, entry({ source: "manual" }), entry({ source: "decoy" })]);
      const removed = await lists.remove("deny", client, ["protocol", "decoy"]);
      expect(removed.map((e) => e.source)).toEqual(["protocol", "decoy"]);
      expect(lists.has("deny", client)).toBe(true);
      expect(lists.has("deny", client, "manual")).toBe(true);
      expect(lists.has("deny", client, "decoy")).toBe(false);
      expect(lists.count("deny", "decoy")).toBe(0);
      expect(lists.count("deny", "manual")).toBe(1);
    },
  },
  {
    name: "without sources, remove takes them all, and a second time nothing",
    run: async ({ lists }) => {
      await lists.put([entry(), entry({ source: "decoy" })]);
      expect(await lists.remove("deny", entry())).toHaveLength(2);
      expect(await lists.remove("deny", entry())).toEqual([]);
      expect([...lists.entries()]).toEqual([]);
    },
  },
  {
    name: "an entry put again is replaced, keeps its place and is not counted twice",
    run: async ({ lists }) => {
      await lists.put([entry({ value: "a" }), entry({ value: "b" })]);
      expect(await lists.put([entry({ value: "a", expiresAt: 99 }), entry({ value: "c" })])).toBe(
        1,
      );
      expect(Array.from(lists.entries(), (e) => [e.value, e.expiresAt])).toEqual([
        ["a", 99],
        ["b", 0],
        ["c", 0],
      ]);
      expect(lists.count("deny", "protocol")).toBe(3);
    },
  },
  {
    name: "an entry twice in one batch is one entry, the later one",
    run: async ({ lists }) => {
      expect(await lists.put([entry({ expiresAt: 1 }), entry({ expiresAt: 2 })])).toBe(1);
      expect(Array.from(lists.entries(), (e) => e.expiresAt)).toEqual([2]);
    },
  },
  {
    name: "an entry removed and put again goes to the end",
    run: async ({ lists }) => {
      await lists.put([entry({ value: "a" }), entry({ value: "b" })]);
      await lists.remove("deny", entry({ value: "a" }));
      await lists.put([entry({ value: "a" })]);
      expect(valuesOf(lists.entries())).toEqual(["b", "a"]);
    },
  },
  {
    name: "the allow list and the deny list know nothing of each other",
    run: async ({ lists }) => {
      const allowed = entry({ list: "allow", source: "manual" });
      await lists.put([allowed, entry({ source: "manual" })]);
      expect(await lists.clear("deny")).toBe(1);
      expect(lists.has("allow", allowed)).toBe(true);
      expect(lists.has("deny", allowed)).toBe(false);
      expect(lists.count("allow", "manual")).toBe(1);
    },
  },
  {
    name: "the same value of another kind or under another name is another identifier",
    run: async ({ lists }) => {
      await lists.put([
        entry({ kind: "cookie", name: "a", value: "bc" }),
        entry({ kind: "cookie", name: "ab", value: "c" }),
        entry({ kind: "api-key", name: "a", value: "bc" }),
      ]);
      expect(await lists.remove("deny", { kind: "cookie", name: "a", value: "bc" })).toHaveLength(
        1,
      );
      expect(lists.has("deny", { kind: "cookie", name: "ab", value: "c" })).toBe(true);
      expect(lists.has("deny", { kind: "api-key", name: "a", value: "bc" })).toBe(true);
      expect(lists.has("deny", { kind: "cookie", name: "", value: "abc" })).toBe(false);
    },
  },
  {
    name: "the name of an API key has no case, that of a cookie has",
    run: async ({ lists }) => {
      await lists.put([
        entry({ kind: "api-key", name: "X-API-KEY", value: "k" }),
        entry({ kind: "cookie", name: "SID", value: "k" }),
      ]);
      const respelt = entry({ kind: "api-key", name: "x-api-key", value: "k" });
      expect(await lists.put([respelt])).toBe(0);
      expect(lists.has("deny", { kind: "cookie", name: "sid", value: "k" })).toBe(false);
      expect(await lists.remove("deny", { ...respelt, name: "X-Api-Key" })).toHaveLength(1);
      expect(Array.from(lists.entries(), (e) => e.name)).toEqual(["SID"]);
    },
  },
  {
    name: "hostile values stay apart and come back whole",
    run: async ({ lists }) => {
      expect(await lists.put(HOSTILE.map((value) => entry({ value })))).toBe(HOSTILE.length);
      expect(valuesOf(lists.entries())).toEqual(HOSTILE);
      for (const value of HOSTILE) expect(lists.has("deny", entry({ value }))).toBe(true);
      await Promise.all(HOSTILE.map((value) => lists.remove("deny", entry({ value }))));
      expect(lists.count("deny", "protocol")).toBe(0);
    },
  },
  {
    name: "hostile names, APIs and request ids do no harm",
    run: async ({ lists }) => {
      await lists.put(HOSTILE.map((name) => entry({ kind: "cookie", name, requestId: name })));
      expect(Array.from(lists.entries(), (e) => e.name)).toEqual(HOSTILE);
      expect(Array.from(lists.entries(), (e) => e.requestId)).toEqual(HOSTILE);
      await lists.put(HOSTILE.map((api, i) => entry({ value: `v${i}`, api })));
      expect([...lists.entries()]).toHaveLength(2 * HOSTILE.length);
    },
  },
];
