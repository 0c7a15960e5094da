import {
  ALLOW,
  allocateLists,
  type ClientLists,
  COOKIE,
  denyFlag,
  type ListReader,
  TOKEN,
  USERNAME,
} from "@portcullis/core";
import { bytesPerCall } from "@portcullis/testkit/hot-path";
import { describe, expect, test } from "vitest";

import { CachedListReader } from "../src/cached-list-reader.ts";
import { keyOf } from "../src/list-key.ts";
import { TokenCache } from "../src/token-cache.ts";
import { attachLists, hashKey, ipOf, NOW, tokenOf } from "./engine-fixture.ts";

const MANUAL = denyFlag("manual");
const METHOD = denyFlag("method");

/** A reader on one thread, and the lists as another thread has them. */
function twoThreads(): { readonly reader: ListReader; readonly elsewhere: ClientLists } {
  const buffers = allocateLists(1024);
  const lists = attachLists(buffers, 1);
  return {
    reader: new CachedListReader(lists, hashKey(), new TokenCache(100_000), undefined),
    elsewhere: attachLists(buffers, 2),
  };
}

function keyOfToken(token: string): Int32Array {
  return Int32Array.from(keyOf(tokenOf(token), hashKey()).words);
}

function deny(lists: ClientLists, token: string, flag: number, expiry = 0): void {
  lists.add(keyOfToken(token), 0, flag, expiry, NOW);
}

function undeny(lists: ClientLists, token: string, flag: number): void {
  lists.remove(keyOfToken(token), 0, flag, NOW);
}

const keys = new Int32Array(20);
const anybody = new Uint32Array(4);

/** As a request asks: the address first. */
function flags(reader: ListReader, token: string, now = NOW): number {
  reader.addressFlags(anybody, now);
  return reader.identifierFlags(TOKEN, "", token, now, keys);
}

const ask = (reader: ListReader, kind: number, as: string, value: string): number =>
  reader.identifierFlags(kind, as, value, NOW, keys);

describe("an answer that is remembered", () => {
  test("is given up at once when another thread denies, allows or lets go", () => {
    const { elsewhere, reader } = twoThreads();
    expect(flags(reader, "t1")).toBe(0);
    deny(elsewhere, "t1", METHOD);
    expect(flags(reader, "t1")).toBe(METHOD);
    deny(elsewhere, "t1", ALLOW);
    expect(flags(reader, "t1")).toBe(METHOD | ALLOW);
    undeny(elsewhere, "t1", METHOD | ALLOW);
    expect(flags(reader, "t1")).toBe(0);
  });

  test("is given up when detection is switched off elsewhere", () => {
    const { elsewhere, reader } = twoThreads();
    deny(elsewhere, "t1", METHOD);
    deny(elsewhere, "t1", MANUAL);
    expect(flags(reader, "t1")).toBe(METHOD | MANUAL);
    elsewhere.removeFlags(METHOD);
    expect(flags(reader, "t1")).toBe(MANUAL);
  });

  test("ends with the entry, without any change of the lists", () => {
    const { elsewhere, reader } = twoThreads();
    deny(elsewhere, "t1", METHOD, NOW + 10);
    expect([NOW, NOW + 9, NOW + 10, NOW + 11].map((now) => flags(reader, "t1", now))).toEqual([
      METHOD,
      METHOD,
      0,
      0,
    ]);
  });

  test("is that of its token alone, whatever tail it shares", () => {
    const { elsewhere, reader } = twoThreads();
    const tail = "x".repeat(30);
    deny(elsewhere, `mallory${tail}`, METHOD);
    const asked = ["mallory", "alice", "mallory", "alice"].map((who) => flags(reader, who + tail));
    expect(asked).toEqual([METHOD, 0, METHOD, 0]);
  });

  test("leaves the key the token is listed under, at the first look and at the second", () => {
    const { reader } = twoThreads();
    for (let look = 0; look < 2; look++) {
      const own = new Int32Array(20);
      reader.identifierFlags(TOKEN, "", "t1", NOW, own);
      expect([...own.subarray(0, 4)]).toEqual([...keyOfToken("t1")]);
    }
  });
});

describe("another identifier", () => {
  const KINDS = [
    { name: "a cookie", kind: COOKIE, as: "SID" },
    { name: "a user name", kind: USERNAME, as: "" },
  ] as const;

  test.for(KINDS)("that comes without a token is asked for each time: $name", ({ kind, as }) => {
    const { elsewhere, reader } = twoThreads();
    const own = new Int32Array(20);
    expect(reader.identifierFlags(kind, as, "v", NOW, own)).toBe(0);
    elsewhere.add(own, kind * 4, METHOD, 0, NOW);
    expect(reader.identifierFlags(kind, as, "v", NOW, own)).toBe(METHOD);
    expect(flags(reader, "v")).toBe(0);
  });

  test.for(KINDS)("that comes with a token is given up as the token is: $name", ({ kind, as }) => {
    const { elsewhere, reader } = twoThreads();
    const own = new Int32Array(20);
    const look = (now: number): number => {
      flags(reader, "t1", now);
      return reader.identifierFlags(kind, as, "v", now, own);
    };
    expect(look(NOW)).toBe(0);
    elsewhere.add(own, kind * 4, METHOD, NOW + 10, NOW);
    expect([NOW, NOW + 9, NOW + 10].map(look)).toEqual([METHOD, METHOD, 0]);
    elsewhere.add(own, kind * 4, MANUAL, 0, NOW);
    expect(look(NOW)).toBe(METHOD | MANUAL);
    elsewhere.removeFlags(METHOD | MANUAL);
    expect(look(NOW)).toBe(0);
  });

  test.for([
    { name: "of another value", other: { kind: COOKIE, as: "SID", value: "good" } },
    { name: "of another name", other: { kind: COOKIE, as: "SIE", value: "bad" } },
    { name: "of another kind", other: { kind: USERNAME, as: "SID", value: "bad" } },
    { name: "that is longer", other: { kind: COOKIE, as: "SID", value: "bad ".padEnd(5000) } },
    { name: "past latin1", other: { kind: COOKIE, as: "SID", value: "b\u0161d" } },
  ])("is not taken for one beside the same token $name", ({ other }) => {
    const { elsewhere, reader } = twoThreads();
    elsewhere.identifierFlags(COOKIE, "SID", "bad", NOW, keys);
    elsewhere.add(keys, COOKIE * 4, METHOD, 0, NOW);
    for (let look = 0; look < 2; look++) {
      flags(reader, "t1");
      expect(ask(reader, COOKIE, "SID", "bad")).toBe(METHOD);
      expect(ask(reader, other.kind, other.as, other.value)).toBe(0);
    }
  });

  test("leaves its own key, whoever came before", () => {
    const { elsewhere, reader } = twoThreads();
    for (const value of ["a", "b", "b", "a", "x".repeat(500), "a"]) {
      flags(reader, "t1");
      const want = new Int32Array(20);
      const got = new Int32Array(20);
      elsewhere.identifierFlags(COOKIE, "SID", value, NOW, want);
      reader.identifierFlags(COOKIE, "SID", value, NOW, got);
      expect([...got]).toEqual([...want]);
    }
  });

  test("costs no memory, nor does the token, once both are known", () => {
    const { reader } = twoThreads();
    const token = "t".repeat(750);
    const look = (): void => {
      flags(reader, token);
      ask(reader, COOKIE, "SID", "v");
    };
    expect(bytesPerCall(look)).toBeLessThan(4);
  });
});

describe("an address", () => {
  test("is given up at once when another thread lists a range that it lies in", () => {
    const { elsewhere, reader } = twoThreads();
    const { words } = keyOf(ipOf("198.51.100.7"), hashKey());
    const address = Uint32Array.from(words);
    expect(reader.addressFlags(address, NOW)).toBe(0);
    elsewhere.addAddress(address, 120, MANUAL, 0, NOW);
    expect(reader.addressFlags(address, NOW)).toBe(MANUAL);
    elsewhere.removeAddress(address, 120, MANUAL, NOW);
    expect(reader.addressFlags(address, NOW)).toBe(0);
  });
});

/** A reader that knows `t2` for the other spelling of `t1`. */
function withTwin() {
  const buffers = allocateLists(1024);
  const cache = new TokenCache(100_000);
  const lists = attachLists(buffers, 1);
  const reader = new CachedListReader(lists, hashKey(), cache, undefined);
  cache.addTwin(cache.entry("t1"), "t2");
  return { reader, elsewhere: attachLists(buffers, 2) };
}

describe("a token that has a twin", () => {
  test("is denied by either spelling, and let go by either", () => {
    const { elsewhere, reader } = withTwin();
    expect(flags(reader, "t1")).toBe(0);
    deny(elsewhere, "t2", METHOD);
    expect(flags(reader, "t1")).toBe(METHOD);
    deny(elsewhere, "t1", MANUAL);
    expect(flags(reader, "t1")).toBe(METHOD | MANUAL);
    undeny(elsewhere, "t2", METHOD);
    expect(flags(reader, "t1")).toBe(MANUAL);
  });

  test("is still blamed by its own spelling", () => {
    const { reader } = withTwin();
    flags(reader, "t1");
    expect(keys.slice(0, 4)).toEqual(keyOfToken("t1"));
  });

  test("leaves no garbage behind", () => {
    const { reader } = withTwin();
    expect(bytesPerCall(() => flags(reader, "t1"))).toBeLessThan(4);
  });
});
