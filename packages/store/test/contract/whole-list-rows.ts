import { expect } from "vitest";

import type { ListEntry } from "../../src/list-entry.ts";
import { entry } from "../fixtures.ts";
import type { ContractRow } from "./contract-row.ts";

const valuesOf = (entries: Iterable<ListEntry>): string[] => Array.from(entries, (e) => e.value);

/** What concerns a list as a whole, and what is refused. */
export const WHOLE_LIST_ROWS: readonly ContractRow[] = [
  {
    name: "clear takes the named sources, says how many, and leaves the rest",
    run: async ({ lists }) => {
      await lists.put([
        entry({ value: "a" }),
        entry({ value: "b", source: "decoy" }),
        entry({ value: "b", source: "manual" }),
        entry({ value: "c", source: "analytics" }),
      ]);
      expect(await lists.clear("deny", ["protocol", "decoy", "decoy", "method"])).toBe(2);
      expect(valuesOf(lists.entries())).toEqual(["b", "c"]);
      expect(lists.has("deny", entry({ value: "b" }), "decoy")).toBe(false);
      expect(await lists.put([entry({ value: "b", source: "decoy" })])).toBe(1);
    },
  },
  {
    name: "dropping the oldest takes what a source added first, and nothing of another source",
    run: async ({ lists }) => {
      await lists.put(["a", "b", "c"].map((value) => entry({ value, source: "decoy" })));
      await lists.put([entry({ value: "z" }), entry({ value: "a", source: "manual" })]);
      expect(await lists.dropOldest("decoy", 0)).toEqual([]);
      expect(await lists.dropOldest("decoy", -1)).toEqual([]);
      expect((await lists.dropOldest("decoy", 2)).map(({ source }) => source)).toEqual([
        "decoy",
        "decoy",
      ]);
      expect(valuesOf(lists.entries())).toEqual(["c", "z", "a"]);
      expect(lists.count("deny", "decoy")).toBe(1);
      expect(lists.has("deny", entry({ value: "a" }), "decoy")).toBe(false);
      expect(lists.has("deny", entry({ value: "a" }), "manual")).toBe(true);
      expect(await lists.dropOldest("decoy", 9)).toHaveLength(1);
      expect(lists.count("deny", "decoy")).toBe(0);
    },
  },
  {
    name: "what has expired is dropped to the second, and nothing that still denies or allows",
    run: async ({ lists }) => {
      await lists.put([
        entry({ value: "never", source: "manual" }),
        entry({ value: "over", source: "decoy", api: "shop", expiresAt: 99 }),
        entry({ value: "just over", expiresAt: 100 }),
        entry({ value: "not yet", expiresAt: 101 }),
        entry({ value: "allowed", list: "allow", source: "manual", expiresAt: 99 }),
      ]);
      expect(await lists.dropExpired(98)).toBe(0);
      expect(await lists.dropExpired(100)).toBe(2);
      expect(valuesOf(lists.entries())).toEqual(["never", "not yet", "allowed"]);
      expect([lists.count("deny", "decoy"), lists.count("deny", "protocol")]).toEqual([0, 1]);
      expect(lists.has("deny", entry({ value: "over" }), "decoy")).toBe(false);
      expect(await lists.put([entry({ value: "over", source: "decoy" })])).toBe(1);
      expect(await lists.dropExpired(101)).toBe(1);
      expect(valuesOf(lists.entries())).toEqual(["never", "allowed", "over"]);
    },
  },
  {
    name: "nothing expired is dropped for who has given up",
    run: async ({ lists }) => {
      await lists.put([entry({ value: "over", expiresAt: 99 })]);
      expect(await lists.dropExpired(100, AbortSignal.abort())).toBe(0);
      expect(lists.count("deny", "protocol")).toBe(1);
    },
  },
  {
    name: "expired entries are dropped wherever among many they are, and one that is prolonged meanwhile stays",
    run: async ({ lists }) => {
      const many = Array.from({ length: 12_000 }, (_, at) =>
        entry({ value: `v${at}`, source: "manual", expiresAt: at % 4 === 0 ? 50 : 0 }),
      );
      await lists.put(many);
      // Committed after the first part has been looked at, and before it is removed.
      const prolonged = lists.put([entry({ value: "v8", source: "manual", expiresAt: 5000 })]);
      const [, dropped] = await Promise.all([prolonged, lists.dropExpired(60)]);
      expect(dropped).toBe(2999);
      expect(lists.has("deny", entry({ value: "v8" }))).toBe(true);
      expect(lists.has("deny", entry({ value: "v11996" }))).toBe(false);
      expect(lists.count("deny", "manual")).toBe(9001);
    },
  },
  {
    name: "what is dropped as the oldest may come back, and is then the newest",
    run: async ({ lists }) => {
      await lists.put([entry({ value: "a" }), entry({ value: "b" })]);
      await lists.dropOldest("protocol", 1);
      expect(await lists.put([entry({ value: "a" })])).toBe(1);
      expect(valuesOf(lists.entries())).toEqual(["b", "a"]);
    },
  },
  {
    name: "the oldest are dropped without their values, and said under which key they are in memory",
    values: "hashed",
    run: async ({ lists }) => {
      const keys = [1, 2, 3].map((byte) => new Uint8Array(16).fill(byte));
      await lists.put(
        ["a", "b", "c"].map((value, at) => entry({ value, key: keys[at] ?? new Uint8Array() })),
      );
      const dropped = await lists.dropOldest("protocol", 2);
      expect(dropped.map(({ key }) => [...key])).toEqual([
        [...(keys[0] ?? [])],
        [...(keys[1] ?? [])],
      ]);
      expect(["a", "b", "c"].map((value) => lists.has("deny", entry({ value })))).toEqual([
        false,
        false,
        true,
      ]);
      expect([...lists.entries()]).toHaveLength(1);
    },
  },
  {
    name: "an iteration shows the list as it was when it began",
    run: async ({ lists }) => {
      await lists.put([entry({ value: "a" }), entry({ value: "b" })]);
      const iterator = lists.entries()[Symbol.iterator]();
      expect(iterator.next().value?.value).toBe("a");
      await lists.put([entry({ value: "c" })]);
      await lists.remove("deny", entry({ value: "b" }));
      expect(iterator.next().value?.value).toBe("b");
      expect(iterator.next().done).toBe(true);
      expect(valuesOf(lists.entries())).toEqual(["a", "c"]);
    },
  },
  {
    name: "a batch with one impossible entry adds none of them",
    run: async ({ lists }) => {
      const bad: readonly Partial<ListEntry>[] = [
        { list: "allow", source: "decoy" },
        { key: new Uint8Array(15) },
        { prefix: 1 },
        { kind: "ip", prefix: 129 },
        { expiresAt: -1 },
        { addedAt: 1.5 },
        { addedAt: Number.NaN },
      ];
      for (const given of bad) {
        await expect(lists.put([entry({ value: "good" }), entry(given)])).rejects.toThrow(
          RangeError,
        );
      }
      expect([...lists.entries()]).toEqual([]);
    },
  },
  {
    name: "words that are no list, source or kind are refused, prototype names among them",
    run: async ({ lists }) => {
      const broken: ListEntry = Object.assign(entry(), { source: "constructor" });
      await expect(lists.put([broken])).rejects.toThrow(RangeError);
    },
  },
  {
    name: "changes made at once do not lose each other",
    run: async ({ lists }) => {
      const numbers = Array.from({ length: 50 }, (_, i) => String(i));
      await Promise.all(numbers.map((value) => lists.put([entry({ value })])));
      expect(lists.count("deny", "protocol")).toBe(50);
      expect(valuesOf(lists.entries())).toEqual(numbers);
    },
  },
  {
    name: "hashed, a value reads as its hash, and is still found and removed by itself",
    values: "hashed",
    run: async ({ lists }) => {
      await lists.put([entry({ value: "secret" }), entry({ value: "other" })]);
      const [first, second] = valuesOf(lists.entries());
      expect(first).toMatch(/^sha256:[\da-f]{16}$/);
      expect(second).not.toBe(first);
      expect(lists.has("deny", entry({ value: "secret" }))).toBe(true);
      const removed = await lists.remove("deny", entry({ value: "secret" }));
      expect(valuesOf(removed)).toEqual(["secret"]);
      expect(lists.count("deny", "protocol")).toBe(1);
    },
  },
  {
    name: "hashed, an address stays readable: its key shows it anyway",
    values: "hashed",
    run: async ({ lists }) => {
      await lists.put([entry({ kind: "ip", value: "203.0.113.9", prefix: 128 })]);
      expect(valuesOf(lists.entries())).toEqual(["203.0.113.9"]);
    },
  },
];
