import { describe, expect, test } from "vitest";

import { denyFlag } from "../../src/lists/list-flags.ts";
import { allocateLists } from "../../src/lists/list-layout.ts";
import { ListsDetachedError } from "../../src/lists/lists-error.ts";
import { ipv4, NOW, openLists, rebuild, tokenKey } from "./lists-fixture.ts";

const MANUAL = denyFlag("manual");
const DECOY = denyFlag("decoy");
const mallory = tokenKey("mallory");

describe("a table that was replaced", () => {
  const posted: SharedArrayBuffer[] = [];
  const openTwo = (replaced: () => SharedArrayBuffer | undefined) => {
    posted.length = 0;
    const buffers = allocateLists(64, 10_000);
    const writer = openLists({ buffers });
    writer.add(mallory, 0, MANUAL, 0, NOW);
    return { buffers, writer, reader: openLists({ buffers, writerId: 2, replaced }) };
  };
  const post = (table: SharedArrayBuffer) => void posted.push(table);

  test("is found by an instance that was several growths behind", () => {
    const { writer, reader } = openTwo(() => posted.shift());
    for (let i = 0; i < 5; i++) rebuild(writer, post);
    writer.add(tokenKey("late"), 0, DECOY, 0, NOW);
    expect(reader.flagsOf(mallory, 0, NOW)).toBe(MANUAL);
    expect(reader.flagsOf(tokenKey("late"), 0, NOW)).toBe(DECOY);
    // The last tree of ranges is not asked for while no range is listed.
    reader.refresh();
    expect(posted).toEqual([]);
  });

  test("is not taken before it is in force", () => {
    const { writer, reader } = openTwo(() => posted.shift());
    rebuild(writer, (table) => {
      post(table);
      expect(reader.flagsOf(mallory, 0, NOW)).toBe(MANUAL);
      expect(posted).toHaveLength(1);
    });
  });

  test("is passed over when its growth failed, and the old one stays", () => {
    const { writer, reader } = openTwo(() => posted.shift());
    const fail = (table: SharedArrayBuffer) => {
      post(table);
      throw new RangeError("no memory");
    };
    expect(() => rebuild(writer, fail)).toThrow("no memory");
    expect(writer.add(tokenKey("after"), 0, DECOY, 0, NOW)).toBe("added");
    expect(reader.flagsOf(tokenKey("after"), 0, NOW)).toBe(DECOY);
    rebuild(writer, post);
    expect(reader.flagsOf(tokenKey("after"), 0, NOW)).toBe(DECOY);
  });

  test.for([
    { name: "that never arrives", replaced: () => undefined },
    {
      name: "for which the old one is handed over for ever",
      replaced: () => allocateLists(64).parts[0],
    },
  ])("$name stops every answer instead of giving stale ones", ({ replaced }) => {
    const { writer, reader } = openTwo(replaced);
    rebuild(writer, post);
    expect(() => reader.flagsOf(mallory, 0, NOW)).toThrow(ListsDetachedError);
    expect(() => reader.addressFlags(ipv4(10, 0, 0, 1), NOW)).toThrow(ListsDetachedError);
    expect(() => reader.add(mallory, 0, DECOY, 0, NOW)).toThrow(ListsDetachedError);
    expect(writer.add(tokenKey("x"), 0, DECOY, 0, NOW)).toBe("added");
  });
});
