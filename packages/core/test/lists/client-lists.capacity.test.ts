import { describe, expect, test } from "vitest";

import type { ClientLists } from "../../src/lists/client-lists.ts";
import { ALLOW, denyFlag, DETECTED_MASK, FLAG_MASK } from "../../src/lists/list-flags.ts";
import { allocateLists, HEADER, type ListBuffers } from "../../src/lists/list-layout.ts";
import { ipv4, NOW, openLists, tokenKey } from "./lists-fixture.ts";

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

function bytesOf({ control, parts }: ListBuffers): number {
  return parts.reduce((sum, part) => sum + part.byteLength, control.byteLength);
}

const grow = (lists: ClientLists) => lists.grow(NOW, () => undefined);

describe("counts", () => {
  test("follow additions, removals, sweeps and growth", () => {
    const lists = openLists();
    for (let i = 0; i < 40; i++) lists.add(tokenKey(`d${i}`), 0, DECOY, i < 10 ? NOW + 9 : 0, NOW);
    lists.add(tokenKey("d0"), 0, MANUAL, 0, NOW);
    lists.add(tokenKey("a"), 0, ALLOW, 0, NOW);
    const counts = () => [ALLOW, MANUAL, DECOY].map((flag) => lists.count(flag));
    expect([...counts(), lists.entries(), lists.vacant()]).toEqual([1, 1, 40, 41, 0]);
    lists.remove(tokenKey("d39"), 0, FLAG_MASK, NOW);
    expect([...counts(), lists.entries(), lists.vacant()]).toEqual([1, 1, 39, 40, 1]);
    expect(lists.purgeExpired(NOW + 9)).toBe(9);
    expect([...counts(), lists.entries(), lists.vacant()]).toEqual([1, 1, 30, 31, 10]);
    for (let i = 10; i < 21; i++) lists.remove(tokenKey(`d${i}`), 0, FLAG_MASK, NOW);
    expect([...counts(), lists.entries(), lists.vacant()]).toEqual([1, 1, 19, 20, 21]);
    grow(lists);
    expect([...counts(), lists.entries(), lists.vacant()]).toEqual([1, 1, 19, 20, 0]);
    expect(lists.removeFlags(DETECTED_MASK)).toBe(19);
    expect([...counts(), lists.entries(), lists.vacant()]).toEqual([1, 1, 0, 2, 18]);
    expect(lists.flagsOf(tokenKey("d0"), 0, NOW)).toBe(MANUAL);
  });

  test("follow ranges into the tree, out of it and through its growth", () => {
    const lists = openLists();
    for (let i = 0; i < 60; i++) {
      if (lists.needsGrowth()) grow(lists);
      lists.addAddress(ipv4(10, i, 0, 0), 112, DECOY, i < 20 ? NOW + 9 : 0, NOW);
    }
    expect([lists.count(DECOY), lists.entries()]).toEqual([60, 60]);
    expect(lists.purgeExpired(NOW + 9)).toBe(20);
    expect(lists.removeAddress(ipv4(10, 59, 1, 1), 112, DECOY, NOW)).toBe(true);
    expect([lists.count(DECOY), lists.entries()]).toEqual([39, 39]);
    expect(lists.removeFlags(DECOY)).toBe(39);
    expect([lists.count(DECOY), lists.entries()]).toEqual([0, 0]);
    expect(lists.needsGrowth()).toBe(true);
    grow(lists);
    expect([lists.vacant(), lists.needsGrowth()]).toEqual([0, false]);
  });
});

describe("memory", () => {
  test.for([1000, 5000, 20_000, 60_000])("at %d entries is at most 32 bytes each", (entries) => {
    const lists = openLists({ buffers: allocateLists(10, 100_000) });
    let worst = 0;
    for (let i = 0; i < entries; i++) {
      if (lists.needsGrowth()) grow(lists);
      lists.add(tokenKey(`f${i}`), 0, DECOY, 0, NOW);
      // At every fill on the way, not only at the last.
      if (i >= 999 && i % 50 === 0) worst = Math.max(worst, bytesOf(lists.buffers()) / (i + 1));
    }
    expect(bytesOf(lists.buffers()) / entries).toBeLessThan(32);
    expect(worst).toBeLessThan(32);
  });

  test("made for many entries at once is at most 32 bytes each, and takes them without growth", () => {
    const lists = openLists({ buffers: allocateLists(60_000) });
    for (let i = 0; i < 58_000; i++) {
      expect(lists.add(tokenKey(`f${i}`), 0, DECOY, 0, NOW)).toBe("added");
    }
    expect(bytesOf(lists.buffers()) / 60_000).toBeLessThan(32);
    expect(lists.needsGrowth()).toBe(false);
  });
});

describe("lists that fill up", () => {
  test("leave room for an operator's entries in a flood of automatic ones", () => {
    const lists = openLists({ buffers: allocateLists(1024) });
    expect(fill(lists, DECOY | METHOD | ANALYTICS)).toBe(992);
    expect(lists.add(mallory, 0, MANUAL, 0, NOW)).toBe("added");
    expect(lists.add(tokenKey("admin"), 0, ALLOW, 0, NOW)).toBe("added");
    expect(lists.add(tokenKey("more"), 0, DECOY, 0, NOW)).toBe("full");
    expect(lists.addAddress(ipv4(10, 0, 0, 0), 104, DECOY, 0, NOW)).toBe("full");
    // 992 take a second source, and 30 more entries are the operator's.
    expect(fill(lists, MANUAL)).toBe(1022);
    expect(lists.addAddress(ipv4(10, 0, 0, 0), 104, MANUAL, 0, NOW)).toBe("full");
    expect(lists.entries()).toBe(1024);
    expect(lists.flagsOf(mallory, 0, NOW)).toBe(MANUAL);
  });

  test("give an identifier that is on them another source", () => {
    const lists = openLists();
    fill(lists, DECOY);
    expect(lists.add(tokenKey("f0"), 0, METHOD, 0, NOW)).toBe("added");
  });

  test("do not take back past their limit what was removed", () => {
    const lists = openLists({ buffers: allocateLists(64) });
    for (let i = 0; i < 62; i++) lists.add(tokenKey(`f${i}`), 0, DECOY, 0, NOW);
    lists.remove(tokenKey("f3"), 0, DECOY, NOW);
    expect(lists.add(mallory, 0, DECOY, 0, NOW)).toBe("added");
    expect(lists.add(tokenKey("f3"), 0, DECOY, 0, NOW)).toBe("full");
    expect(lists.add(tokenKey("f3"), 0, MANUAL, 0, NOW)).toBe("added");
  });

  test("ask for growth before a table is full, and growth makes room", () => {
    const lists = openLists({ buffers: allocateLists(10, 1000) });
    let added = 0;
    for (; !lists.needsGrowth(); added++) lists.add(tokenKey(`g${added}`), 0, DECOY, 0, NOW);
    expect(lists.add(tokenKey(`g${added++}`), 0, DECOY, 0, NOW)).toBe("added");
    const cells = lists.cells();
    grow(lists);
    expect(lists.cells()).toBeGreaterThan(cells);
    expect(lists.needsGrowth()).toBe(false);
    for (let i = 0; i < added; i++) expect(lists.flagsOf(tokenKey(`g${i}`), 0, NOW)).toBe(DECOY);
  });

  test("full of what was removed, still answer, revive it, and are built anew without it", () => {
    const lists = openLists({ buffers: allocateLists(10, 1000) });
    const added = fill(lists, DECOY);
    lists.removeFlags(FLAG_MASK);
    expect(lists.vacant()).toBe(added);
    expect(lists.flagsOf(mallory, 0, NOW)).toBe(0);
    expect(lists.add(mallory, 0, DECOY, 0, NOW)).toBe("full");
    expect(lists.add(tokenKey("f3"), 0, METHOD, 0, NOW)).toBe("added");
    expect(lists.flagsOf(tokenKey("f3"), 0, NOW)).toBe(METHOD);
    const cells = lists.cells();
    grow(lists);
    expect([lists.cells(), lists.entries(), lists.vacant()]).toEqual([cells, 1, 0]);
    expect(lists.add(mallory, 0, DECOY, 0, NOW)).toBe("added");
  });

  test("end a probe even in a table with no free slot left", () => {
    const buffers = allocateLists(64);
    const words = new Int32Array(buffers.parts[0] ?? new SharedArrayBuffer(0));
    words.fill(0x7fff_ff7f, HEADER.words);
    const lists = openLists({ buffers });
    expect(lists.flagsOf(mallory, 0, NOW)).toBe(0);
    expect(lists.add(mallory, 0, MANUAL, 0, NOW)).toBe("full");
    expect(lists.remove(mallory, 0, MANUAL, NOW)).toBe(false);
  });

  test("split a table that is large, and find everything in its parts", () => {
    const lists = openLists({ buffers: allocateLists(10, 200_000) });
    const posted: SharedArrayBuffer[] = [];
    for (let i = 0; i < 100_000; i++) {
      if (lists.needsGrowth()) lists.grow(NOW, (part) => void posted.push(part));
      expect(lists.add(tokenKey(`s${i}`), 0, DECOY, 0, NOW)).toBe("added");
    }
    const { parts } = lists.buffers();
    expect(parts.length).toBeGreaterThan(4);
    expect(new Set(parts).size).toBe(parts.length);
    for (let i = 0; i < 100_000; i++) expect(lists.flagsOf(tokenKey(`s${i}`), 0, NOW)).toBe(DECOY);
    // No change ever had to wait for more than one table's copying.
    expect(Math.max(...posted.map((part) => part.byteLength))).toBeLessThan(1_000_000);
    expect(lists.removeFlags(DECOY)).toBe(100_000);
  });
});

describe("more than one table can hold", () => {
  test.for([700_000, 1_001_000, 10_000_000])("%i entries have room at once", (entries) => {
    const lists = openLists({ buffers: allocateLists(entries, 10_000_000) });
    expect(lists.cells()).toBeGreaterThanOrEqual(entries);
    expect(lists.add(mallory, 0, MANUAL, 0, NOW)).toBe("added");
    expect(lists.flagsOf(mallory, 0, NOW)).toBe(MANUAL);
  });

  test("a million get room in lists that were small", () => {
    const lists = openLists({ buffers: allocateLists(64, 10_000_000) });
    lists.add(mallory, 0, MANUAL, 0, NOW);
    lists.grow(NOW, () => undefined, { entries: 1_000_000, ranges: 0 });
    expect(lists.cells()).toBeGreaterThanOrEqual(1_000_000);
    expect(lists.flagsOf(mallory, 0, NOW)).toBe(MANUAL);
  });
});
