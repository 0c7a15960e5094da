import { expect } from "vitest";

import { StoreClosedError } from "../../src/errors.ts";
import { attack, entry } from "../fixtures.ts";
import type { ContractRow } from "./contract-row.ts";

/** Switches and definitions. */
export const SWITCH_AND_DEFINITION_ROWS: readonly ContractRow[] = [
  {
    name: "a switch is what it was last set to, and undefined before",
    run: async ({ switches }) => {
      expect(switches.get("firewall")).toBeUndefined();
      for (const value of [true, false, "", "on", 0, -1.5, 2 ** 40]) {
        await switches.set("firewall", value);
        expect(switches.get("firewall")).toBe(value);
      }
      expect(switches.get("__proto__")).toBeUndefined();
    },
  },
  {
    name: "a deleted definition is remembered, which is not the same as none",
    run: async ({ definitions }) => {
      const deleted = { id: "shop", json: undefined, fileHash: "abc", updatedAt: 5 };
      const changed = { id: "bank", json: '{"a":1}', fileHash: undefined, updatedAt: 6 };
      await definitions.put(deleted);
      await definitions.put(changed);
      expect(definitions.get("shop")).toEqual(deleted);
      expect(definitions.get("none")).toBeUndefined();
      expect([...definitions.list()]).toEqual([changed, deleted]);
      expect(await definitions.remove("shop")).toBe(true);
      expect(await definitions.remove("shop")).toBe(false);
      expect([...definitions.list()]).toEqual([changed]);
    },
  },
  {
    name: "a definition put again replaces the first",
    run: async ({ definitions }) => {
      const first = { id: "shop", json: "{}", fileHash: undefined, updatedAt: 5 };
      await definitions.put(first);
      await definitions.put({ ...first, json: "x".repeat(200_000), updatedAt: 6 });
      expect(definitions.get("shop")?.json).toHaveLength(200_000);
      expect([...definitions.list()]).toHaveLength(1);
    },
  },
  {
    name: "a name without bytes or with too many is refused, not cut",
    run: async ({ switches, definitions }) => {
      for (const name of ["", "x".repeat(501), "é".repeat(251)]) {
        await expect(switches.set(name, true)).rejects.toThrow(RangeError);
        expect(() => definitions.get(name)).toThrow(RangeError);
      }
    },
  },
];

/** What close does. */
export const CLOSING_ROWS: readonly ContractRow[] = [
  {
    name: "writes under way are finished by close",
    run: async (store) => {
      const written = store.lists.put([entry()]);
      const logged = store.attacks.append([attack()]);
      await store.close();
      await expect(written).resolves.toBe(1);
      await expect(logged).resolves.toBeUndefined();
    },
  },
  {
    name: "a store that has released its pages reads and writes on as before",
    run: async (store) => {
      await store.lists.put([entry({ value: "a" }), entry({ value: "b" })]);
      await store.attacks.append([attack({ at: 5 })]);
      await store.switches.set("firewall", false);
      const written = store.lists.put([entry({ value: "under way" })]);
      await store.releasePages();
      await expect(written).resolves.toBe(1);
      const values = (): string[] => Array.from(store.lists.entries(), ({ value }) => value);
      expect(values()).toEqual(["a", "b", "under way"]);
      expect(Array.from(store.lists.keys())).toHaveLength(3);
      expect([...store.attacks.between({ from: 0, to: 9 })]).toHaveLength(1);
      expect(store.switches.get("firewall")).toBe(false);
      await store.lists.put([entry({ value: "c" })]);
      await store.releasePages();
      expect(values()).toEqual(["a", "b", "under way", "c"]);
      await store.close();
      await expect(store.releasePages()).rejects.toThrow(StoreClosedError);
      expect(() => store.switches.get("firewall")).toThrow(StoreClosedError);
    },
  },
  {
    name: "a closed store says so, and closing it again does nothing",
    run: async (store) => {
      await store.lists.put([entry(), entry({ value: "b" })]);
      const half = store.lists.entries()[Symbol.iterator]();
      half.next();
      await store.close();
      await store.close();
      expect(() => half.next()).toThrow(StoreClosedError);
      expect(() => [...store.lists.entries()]).toThrow(StoreClosedError);
      expect(() => store.switches.get("a")).toThrow(StoreClosedError);
      await expect(store.lists.put([entry()])).rejects.toThrow(StoreClosedError);
      await expect(store.attacks.append([attack()])).rejects.toThrow(StoreClosedError);
    },
  },
];
