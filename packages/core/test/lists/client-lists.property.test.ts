import {
  type Arbitrary,
  array,
  assert,
  constant,
  constantFrom,
  integer,
  nat,
  oneof,
  property,
  record,
} from "fast-check";
import { expect, test } from "vitest";

import type { ClientLists } from "../../src/lists/client-lists.ts";
import { ALLOW, DENY_MASK, FLAG_MASK } from "../../src/lists/list-flags.ts";
import { NEVER } from "../../src/lists/slot-state.ts";
import { ipv4, NOW, openLists, roomToRebuild, tokenKey } from "./lists-fixture.ts";
import { PlainLists } from "./plain-lists.ts";

const TOKENS = Array.from({ length: 10 }, (_, i) => `token ${i}`);
// Ranges that hold one another, by name: the prefix counts from the left of the 32 bits.
const RANGES = [
  { name: "10.0.0.0/8", address: ipv4(10, 0, 0, 0), prefix: 104 },
  { name: "10.1.0.0/16", address: ipv4(10, 1, 0, 0), prefix: 112 },
  { name: "10.2.0.0/16", address: ipv4(10, 2, 0, 0), prefix: 112 },
  { name: "10.1.1.1/32", address: ipv4(10, 1, 1, 1), prefix: 128 },
];
const PROBES = [
  { address: ipv4(10, 1, 1, 1), within: ["10.0.0.0/8", "10.1.0.0/16", "10.1.1.1/32"] },
  { address: ipv4(10, 2, 1, 1), within: ["10.0.0.0/8", "10.2.0.0/16"] },
  { address: ipv4(11, 1, 1, 1), within: [] },
];

type Operation =
  | {
      readonly kind: "add" | "remove";
      readonly who: number;
      readonly flags: number;
      readonly ttl: number;
    }
  | { readonly kind: "removeFlags"; readonly flags: number }
  | { readonly kind: "purge" | "grow" }
  | { readonly kind: "wait"; readonly seconds: number };

const flags = integer({ min: 1, max: FLAG_MASK });
const operation: Arbitrary<Operation> = oneof(
  {
    weight: 8,
    arbitrary: record({
      kind: constantFrom("add", "remove"),
      who: nat(TOKENS.length + RANGES.length - 1),
      flags,
      ttl: constantFrom(0, 1, 3, 10),
    }),
  },
  { weight: 1, arbitrary: record({ kind: constant("removeFlags"), flags }) },
  { weight: 1, arbitrary: record({ kind: constantFrom("purge", "grow") }) },
  {
    weight: 3,
    arbitrary: record({ kind: constant("wait"), seconds: integer({ min: 1, max: 4 }) }),
  },
);

/** Does one operation to both and returns both answers. */
function applyTo(lists: ClientLists, plain: PlainLists, op: Operation, now: number): unknown[] {
  switch (op.kind) {
    case "removeFlags":
      return [lists.removeFlags(op.flags), plain.removeFlags(op.flags)];
    case "purge":
      return [lists.purgeExpired(now), plain.purge(now)];
    case "grow":
      lists.grow(now, () => undefined, roomToRebuild(lists));
      plain.purge(now);
      return [0, 0];
    case "wait":
      return [0, 0];
    case "add":
    case "remove":
      return applyToOne(lists, plain, op, now);
    default:
      return op satisfies never;
  }
}

function applyToOne(
  lists: ClientLists,
  plain: PlainLists,
  op: Operation & { kind: "add" | "remove" },
  now: number,
): unknown[] {
  const expiry = op.ttl === 0 || (op.flags & ALLOW) !== 0 ? 0 : now + op.ttl;
  const token = TOKENS[op.who];
  const range = RANGES[op.who - TOKENS.length];
  const name = token ?? range?.name ?? "";
  const want =
    op.kind === "add" ? plain.add(name, op.flags, expiry, now) : plain.remove(name, op.flags, now);
  if (range !== undefined) {
    const { address, prefix } = range;
    return op.kind === "add"
      ? [lists.addAddress(address, prefix, op.flags, expiry, now), want]
      : [lists.removeAddress(address, prefix, op.flags, now), want];
  }
  const keys = tokenKey(name);
  return op.kind === "add"
    ? [lists.add(keys, 0, op.flags, expiry, now), want]
    : [lists.remove(keys, 0, op.flags, now), want];
}

/** What both say of everybody, as two comparable lists. */
function statesOf(lists: ClientLists, plain: PlainLists, now: number): [unknown[], unknown[]] {
  const seen: unknown[] = [];
  const wanted: unknown[] = [];
  for (const name of TOKENS) {
    const entry = plain.live(name, now);
    const ends = (entry.flags & DENY_MASK) !== 0 && entry.expiry !== 0;
    seen.push([lists.flagsOf(tokenKey(name), 0, now), lists.validUntil]);
    wanted.push([entry.flags, ends ? entry.expiry : NEVER]);
  }
  for (const { address, within } of PROBES) {
    seen.push(lists.addressFlags(address, now));
    wanted.push(within.reduce((mask, name) => mask | plain.live(name, now).flags, 0));
  }
  for (let flag = 1; flag <= FLAG_MASK; flag *= 2) {
    seen.push(lists.count(flag));
    wanted.push(plain.count(flag));
  }
  return [seen, wanted];
}

test("the lists answer as a plain map does, whatever is done to them and whenever", () => {
  assert(
    property(array(operation, { maxLength: 60 }), (operations) => {
      const lists = openLists();
      const plain = new PlainLists();
      let now = NOW;
      for (const op of operations) {
        if (op.kind === "wait") now += op.seconds;
        const generation = lists.generation();
        const [before] = statesOf(lists, plain, now);
        const [got, want] = applyTo(lists, plain, op, now);
        expect(got).toEqual(want);
        const [seen, wanted] = statesOf(lists, plain, now);
        expect(seen).toEqual(wanted);
        // A cached answer may be kept exactly as long as the generation stands.
        const isSame = JSON.stringify(before.slice(0, -8)) === JSON.stringify(seen.slice(0, -8));
        expect(isSame || lists.generation() !== generation).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});
