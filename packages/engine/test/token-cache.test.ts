import { describe, expect, test } from "vitest";

import { TokenCache } from "../src/token-cache.ts";

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

function jwt(claims: unknown, signature = "c2lnbmF0dXJl"): string {
  return `${part({ alg: "none" })}.${part(claims)}.${signature}`;
}

describe("what is remembered of a token", () => {
  test("is found again by the same token", () => {
    const cache = new TokenCache(100_000);
    const entry = cache.entry("a".repeat(100));
    expect(cache.entry("a".repeat(100))).toBe(entry);
  });

  test.for([
    { name: "with the same tail", one: `alice${"x".repeat(40)}`, other: `mallo${"x".repeat(40)}` },
    { name: "of which one is the other's tail", one: "x".repeat(24), other: "x".repeat(25) },
    { name: "shorter than a tail", one: "short", other: "shorter" },
    { name: "of which one is empty", one: "", other: "a" },
  ])("is not found by another token $name", ({ one, other }) => {
    const cache = new TokenCache(100_000);
    for (const token of [one, other]) {
      const entry = cache.entry(token);
      expect(entry.token).toBe(token);
      expect([entry.hasKey, entry.hasClaims]).toEqual([false, false]);
      entry.hasKey = true;
      entry.hasClaims = true;
    }
  });

  test("outlives a turn of the halves, if it is asked for in between", () => {
    const cache = new TokenCache(10_000);
    const kept = cache.entry("kept");
    for (let i = 0; i < 200; i++) {
      cache.entry(`flood${i}`);
      expect(cache.entry("kept")).toBe(kept);
    }
  });

  test("goes, when enough others came after it", () => {
    const cache = new TokenCache(10_000);
    const gone = cache.entry("gone");
    for (let i = 0; i < 200; i++) cache.entry(`flood${i}`);
    expect(cache.entry("gone")).not.toBe(gone);
  });

  test("never takes more than its bytes and one token, however many and long they are", () => {
    const cache = new TokenCache(100_000);
    const remembered = new Map<string, object>();
    for (let i = 0; i < 2000; i++) {
      const token = `${i}`.padStart(1000, "t");
      remembered.set(token, cache.entry(token));
    }
    // Asking changes what is remembered, so ask from the newest on and stop at the first gap.
    let kept = 0;
    for (const [token, entry] of [...remembered].toReversed()) {
      if (cache.entry(token) !== entry) break;
      kept++;
    }
    expect(kept).toBeGreaterThan(25);
    expect(kept * 1000).toBeLessThan(100_000);
  });
});

describe("the user name of a token", () => {
  test("is read per claim: two APIs that name different claims see different users", () => {
    const cache = new TokenCache(100_000);
    const token = jwt({ sub: "alice", user: ["bob", "carol"] });
    const names = ["sub", "user", "sub", "missing", "user"].map((claim) =>
      cache.usernameOf(token, claim),
    );
    expect(names).toEqual(["alice", "bob", "alice", "", "bob"]);
  });

  test("keeps the claims only where more than one of them is read", () => {
    const cache = new TokenCache(100_000);
    const token = jwt({ sub: "alice", user: "bob" });
    cache.usernameOf(token, "sub");
    expect(cache.entry(token).claims).toBeUndefined();
    cache.usernameOf(token, "user");
    expect(cache.entry(token).claims).toBeDefined();
  });

  test("is not that of another token with the same signature", () => {
    const cache = new TokenCache(100_000);
    const signature = "s".repeat(86);
    const tokens = ["alice", "mallory", "alice"].map((sub) => jwt({ sub }, signature));
    expect(tokens.map((token) => cache.usernameOf(token, "sub"))).toEqual([
      "alice",
      "mallory",
      "alice",
    ]);
  });

  test.for(["", "no jwt", "a.b.c", jwt([]), jwt({ __proto__: null }), `${jwt({})}.x`])(
    "is empty for what has none: %j",
    (token) => {
      expect(new TokenCache(100_000).usernameOf(token, "sub")).toBe("");
    },
  );

  test.for(["__proto__", "constructor", "toString"])("is no property of objects: %s", (claim) => {
    expect(new TokenCache(100_000).usernameOf(jwt({ sub: "alice" }), claim)).toBe("");
  });
});
