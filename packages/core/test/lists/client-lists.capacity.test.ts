import { describe, expect, test } from "vitest";

import type { ClientLists } from "../../src/lists/client-lists.ts";
import { ALLOW, denyFlag, DETECTED_MASK, FLAG_MASK } from "../../src/lists/list-flags.ts";
import { allocateLists } from "../../src/lists/list-layout.ts";
import { NOW, openLists, tokenKey } from "./lists-fixture.ts";

const MANUAL = denyFlag("manual");
const DECOY = denyFlag("decoy");
const METHOD = denyFlag("method");
const ANALYTICS = denyFlag("analytics");
const mallory = tokenKey("mallory");

/** Adds numbered tokens until one is not added; returns how many were. */
function fill(lists: ClientLists, flag: number): number {
  let added = 0;
  while (lists.add(tokenKey(`f${added}`), 0, flag, 0, NOW) === "added") added++;
  return added;
}

describe("counts", () => {
  test("follow additions, removals, sweeps and growth", () => {
    const lists = openLists();
    for (let i = 0; i < 10; i++) lists.add(tokenKey(`d${i}`), 0, DECOY, i < 4 ? NOW + 9 : 0, NOW);
    lists.add(tokenKey("d0"), 0, MANUAL, 0, NOW);
    lists.add(tokenKey("a"), 0, ALLOW, 0, NOW);
    const counts = () => [ALLOW, MANUAL, DECOY].map((flag) => lists.count(flag));
    expect([...counts(), lists.used(), lists.tombstones()]).toEqual([1, 1, 10, 11, 0]);
    lists.remove(tokenKey("d9"), 0, FLAG_MASK, NOW);
    expect([...counts(), lists.used(), lists.tombstones()]).toEqual([1, 1, 9, 11, 1]);
    expect(lists.purgeExpired(NOW + 9)).toBe(3);
    expect([...counts(), lists.used(), lists.tombstones()]).toEqual([1, 1, 6, 11, 4]);
    lists.grow(NOW + 9, () => undefined);
    expect([...counts(), lists.used(), lists.tombstones()]).toEqual([1, 1, 6, 7, 0]);
    expect(lists.removeFlags(DETECTED_MASK)).toBe(6);
    expect([...counts(), lists.used(), lists.tombstones()]).toEqual([1, 1, 0, 7, 5]);
    expect(lists.flagsOf(tokenKey("d0"), 0, NOW)).toBe(MANUAL);
  });
});

describe("a table that fills up", () => {
  test("costs at most 32 bytes a denied entry", () => {
    const buffers = allocateLists(4096);
    const entries = fill(openLists({ buffers }), DECOY);
    expect((buffers.control.byteLength + buffers.table.byteLength) / entries).toBeLessThan(32);
  });

  test("a flood of automatic entries leaves room for an operator's", () => {
    const lists = openLists({ buffers: allocateLists(1024) });
    expect(fill(lists, DECOY | METHOD | ANALYTICS)).toBe(800);
    expect(lists.add(mallory, 0, MANUAL, 0, NOW)).toBe("added");
    expect(lists.add(tokenKey("admin"), 0, ALLOW, 0, NOW)).toBe("added");
    expect(lists.add(tokenKey("more"), 0, DECOY, 0, NOW)).toBe("full");
    // 800 take a second source, and 30 more slots are the operator's.
    expect(fill(lists, MANUAL)).toBe(830);
    expect(lists.used()).toBe(832);
    expect(lists.flagsOf(mallory, 0, NOW)).toBe(MANUAL);
  });

  test("an identifier that is in it takes another source even when it is full", () => {
    const lists = openLists();
    fill(lists, DECOY);
    expect(lists.add(tokenKey("f0"), 0, METHOD, 0, NOW)).toBe("added");
  });

  test("asks for growth early, and growth makes room", () => {
    const lists = openLists();
    for (let i = 0; i < 39; i++) lists.add(tokenKey(`g${i}`), 0, DECOY, 0, NOW);
    expect(lists.needsGrowth()).toBe(false);
    lists.add(tokenKey("g39"), 0, DECOY, 0, NOW);
    expect(lists.needsGrowth()).toBe(true);
    lists.grow(NOW, () => undefined);
    expect([lists.capacity(), lists.needsGrowth()]).toEqual([128, false]);
    for (let i = 0; i < 40; i++) expect(lists.flagsOf(tokenKey(`g${i}`), 0, NOW)).toBe(DECOY);
  });

  test("full of tombstones, it still answers, revives them, and is rebuilt at the same size", () => {
    const lists = openLists();
    const added = fill(lists, DECOY);
    lists.removeFlags(FLAG_MASK);
    expect(lists.tombstones()).toBe(added);
    expect(lists.flagsOf(mallory, 0, NOW)).toBe(0);
    expect(lists.add(mallory, 0, DECOY, 0, NOW)).toBe("full");
    expect(lists.add(tokenKey("f3"), 0, METHOD, 0, NOW)).toBe("added");
    expect(lists.flagsOf(tokenKey("f3"), 0, NOW)).toBe(METHOD);
    lists.grow(NOW, () => undefined);
    expect([lists.capacity(), lists.used(), lists.tombstones()]).toEqual([64, 1, 0]);
    expect(lists.add(mallory, 0, DECOY, 0, NOW)).toBe("added");
  });

  test("a probe ends even in a table with no free slot left", () => {
    const buffers = allocateLists(64);
    const words = new Int32Array(buffers.table);
    words.fill(0x7fff_ff00, 16);
    const lists = openLists({ buffers });
    expect(lists.flagsOf(mallory, 0, NOW)).toBe(0);
    expect(lists.add(mallory, 0, MANUAL, 0, NOW)).toBe("full");
    expect(lists.remove(mallory, 0, MANUAL, NOW)).toBe(false);
  });
});
