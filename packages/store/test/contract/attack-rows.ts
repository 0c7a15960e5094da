import { expect } from "vitest";

import type { AttackRecord } from "../../src/attack-record.ts";
import { attack } from "../fixtures.ts";
import { type ContractRow, HOSTILE } from "./contract-row.ts";

const idsOf = (records: Iterable<AttackRecord>): string[] =>
  Array.from(records, (record) => record.requestId);
const ALWAYS = { from: 0, to: Number.POSITIVE_INFINITY };

/** The attack log. */
export const ATTACK_ROWS: readonly ContractRow[] = [
  {
    name: "an attack comes back as it went in",
    run: async ({ attacks }) => {
      const given = attack({ client: { kind: "cookie", name: "JSESSIONID", value: "c" } });
      const reasoned = attack({ at: given.at + 1, reason: "never-seen" });
      await attacks.append([given, reasoned]);
      expect([...attacks.between(ALWAYS)]).toEqual([given, reasoned]);
    },
  },
  {
    name: "attacks come in the order of time, and of arrival within a millisecond",
    run: async ({ attacks }) => {
      const many = Array.from({ length: 300 }, (_, i) => attack({ at: 5, requestId: `5-${i}` }));
      await attacks.append([attack({ at: 9, requestId: "9" }), ...many.slice(0, 150)]);
      await attacks.append([attack({ at: 1, requestId: "1" }), ...many.slice(150)]);
      const want = ["1", ...many.map((record) => record.requestId), "9"];
      expect(idsOf(attacks.between(ALWAYS))).toEqual(want);
    },
  },
  {
    name: "both bounds belong to a range, and a range may be empty or backwards",
    run: async ({ attacks }) => {
      await attacks.append([1, 2, 3].map((at) => attack({ at, requestId: String(at) })));
      expect(idsOf(attacks.between({ from: 2, to: 3 }))).toEqual(["2", "3"]);
      expect(idsOf(attacks.between({ from: 1.5, to: 2.5 }))).toEqual(["2"]);
      expect(idsOf(attacks.between({ from: 3, to: 2 }))).toEqual([]);
      expect(idsOf(attacks.between({ from: 4, to: 1e300 }))).toEqual([]);
      expect(() => [...attacks.between({ from: Number.NaN, to: 2 })]).toThrow(RangeError);
    },
  },
  {
    name: "a range may ask for one API and for some codes",
    run: async ({ attacks }) => {
      await attacks.append([
        attack({ api: "shop", code: "decoy", requestId: "a" }),
        attack({ api: "bank", code: "method", requestId: "b" }),
        attack({ api: "shop", code: "method", requestId: "c" }),
      ]);
      expect(idsOf(attacks.between({ ...ALWAYS, api: "shop" }))).toEqual(["a", "c"]);
      expect(idsOf(attacks.between({ ...ALWAYS, codes: ["method"] }))).toEqual(["b", "c"]);
      expect(idsOf(attacks.between({ ...ALWAYS, api: "shop", codes: ["method"] }))).toEqual(["c"]);
      expect(idsOf(attacks.between({ ...ALWAYS, api: "__proto__" }))).toEqual([]);
      expect(idsOf(attacks.between({ ...ALWAYS, codes: [] }))).toEqual([]);
    },
  },
  {
    name: "pruning removes what is older, not what is as old",
    run: async ({ attacks }) => {
      await attacks.append([1, 2, 3].map((at) => attack({ at, requestId: String(at) })));
      expect(await attacks.prune(2)).toBe(1);
      expect(idsOf(attacks.between(ALWAYS))).toEqual(["2", "3"]);
      expect(await attacks.prune(0)).toBe(0);
    },
  },
  {
    name: "pruning goes on past one transaction",
    run: async ({ attacks }) => {
      await attacks.append(Array.from({ length: 4_100 }, (_, i) => attack({ at: i })));
      expect(await attacks.prune(4_050)).toBe(4_050);
      expect(idsOf(attacks.between(ALWAYS))).toHaveLength(50);
    },
  },
  {
    name: "a record with an impossible time takes its batch with it",
    run: async ({ attacks }) => {
      for (const at of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 48]) {
        await expect(attacks.append([attack(), attack({ at })])).rejects.toThrow(RangeError);
      }
      expect([...attacks.between(ALWAYS)]).toEqual([]);
      await attacks.append([attack({ at: 2 ** 48 - 1, requestId: "last" })]);
      expect(idsOf(attacks.between(ALWAYS))).toEqual(["last"]);
    },
  },
  {
    name: "hostile values come back whole",
    run: async ({ attacks }) => {
      await attacks.append(
        HOSTILE.map((value) =>
          attack({ client: { kind: "token", name: "", value }, path: value, requestId: value }),
        ),
      );
      const found = [...attacks.between(ALWAYS)];
      expect(found.map((record) => record.client.value)).toEqual(HOSTILE);
      expect(found.map((record) => record.path)).toEqual(HOSTILE);
    },
  },
  {
    name: "hashed, a token reads as its hash and an address as itself",
    values: "hashed",
    run: async ({ attacks }) => {
      await attacks.append([
        attack(),
        attack({ client: { kind: "ip", name: "", value: "203.0.113.9" } }),
      ]);
      const [token, ip] = attacks.between(ALWAYS);
      expect(token?.client.value).toMatch(/^sha256:[\da-f]{16}$/);
      expect(ip?.client.value).toBe("203.0.113.9");
    },
  },
];
