import { describe, expect, test } from "vitest";

import { DENY_MASK, denyFlag } from "../../src/lists/list-flags.ts";
import { allocateLists, CONTROL } from "../../src/lists/list-layout.ts";
import { ListsLockedError } from "../../src/lists/lists-error.ts";
import { EXPIRY_CHANGING } from "../../src/lists/slot-state.ts";
import { ipv4, NOW, openLists, rebuild, tableOf, tokenKey } from "./lists-fixture.ts";

const MANUAL = denyFlag("manual");
const DECOY = denyFlag("decoy");
const mallory = tokenKey("mallory");

/** Lists whose lock is held by `owner`. */
function openLocked(owner: number) {
  const buffers = allocateLists(64);
  const lists = openLists({ buffers, patienceMs: 2 });
  lists.add(mallory, 0, DECOY, NOW + 9, NOW);
  new Int32Array(buffers.control)[0] = owner;
  return { buffers, lists };
}

describe("the lock of a dead writer", () => {
  test("makes changes give up and leaves reading as it was", () => {
    const { lists } = openLocked(7);
    expect(lists.flagsOf(mallory, 0, NOW)).toBe(DECOY);
    expect(lists.add(mallory, 0, MANUAL, 0, NOW)).toBe("busy");
    expect(() => lists.remove(mallory, 0, DECOY, NOW)).toThrow(ListsLockedError);
    expect(() => lists.removeFlags(DENY_MASK)).toThrow(ListsLockedError);
    expect(() => rebuild(lists, () => undefined)).toThrow(ListsLockedError);
  });

  test.for([
    { name: "of another writer", owner: 8 },
    { name: "of nobody", owner: 0 },
  ])("is not broken in the name $name", ({ owner }) => {
    const { lists } = openLocked(7);
    expect(lists.breakLock(owner)).toBe(false);
    expect(lists.add(mallory, 0, MANUAL, 0, NOW)).toBe("busy");
  });

  test("is broken in its name once, and what was cached is looked up again", () => {
    const { lists } = openLocked(7);
    const before = lists.generation();
    expect(lists.breakLock(7)).toBe(true);
    expect(lists.breakLock(7)).toBe(false);
    expect(lists.generation()).not.toBe(before);
    expect(lists.add(mallory, 0, MANUAL, 0, NOW)).toBe("added");
  });

  test("breaking it mends a slot between two expiries and counts that are off", () => {
    const { buffers, lists } = openLocked(7);
    lists.breakLock(7);
    lists.addAddress(ipv4(10, 0, 0, 0), 104, MANUAL, 0, NOW);
    const words = tableOf(buffers).words;
    const slot = tableOf(buffers).locate(mallory, 0);
    words[slot + 5] = (words[slot + 5] ?? 0) | EXPIRY_CHANGING;
    words[slot + 4] = NOW + 500;
    const control = new Int32Array(buffers.control);
    control[0] = 7;
    control.fill(0, CONTROL.ranges, CONTROL.networks + 1);
    control.fill(99, CONTROL.used, CONTROL.maxEntries);
    control.fill(99, CONTROL.flagCounts);

    expect(lists.flagsOf(mallory, 0, NOW)).toBe(DECOY);
    expect(lists.validUntil).toBe(NOW + 1);
    expect(lists.breakLock(7)).toBe(true);
    expect(lists.flagsOf(mallory, 0, NOW)).toBe(DECOY);
    expect(lists.validUntil).toBe(NOW + 500);
    expect(lists.addressFlags(ipv4(10, 0, 0, 1), NOW)).toBe(MANUAL);
    expect([lists.entries(), lists.vacant(), lists.count(DECOY)]).toEqual([2, 0, 1]);
  });
});
