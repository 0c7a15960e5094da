import { type CompiledJwt, TOKEN_CHECK } from "@portcullis/core";
import {
  type KeySetSource,
  PoolFailedError,
  PoolSaturatedError,
  type TokenVerifier,
  type Verification,
} from "@portcullis/token-pool/verify";
import { describe, expect, test } from "vitest";

import { TokenCache } from "../src/token-cache.ts";
import { TokenIssuer, TokenIssuers } from "../src/token-issuers.ts";
import { TokenReader } from "../src/token-reader.ts";

const NOW = 1_800_000_000;
const { pending, refused, unavailable, verified } = TOKEN_CHECK;

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const token = (sub: string): string => `${part({ alg: "RS256" })}.${part({ sub })}.c2lnbmF0dXJl`;
const keysOf = (version: number): KeySetSource => ({
  version,
  format: "jwks",
  text: "",
  algorithms: ["RS256"],
  isPublic: true,
});
const jwtOf = (audience: string, tokenIssuer = "login"): CompiledJwt => ({
  location: { in: "authorization", scheme: "bearer" },
  place: undefined,
  username: "sub",
  clientId: "",
  verification: { tokenIssuer, audiences: [audience], isRequired: true },
});
const SHOP = jwtOf("shop");

/** A reader whose verifier answers what a test says, and counts. */
class Bench {
  nowMs = NOW * 1000;
  /** By version of the keys. */
  outcomes: Record<number, Verification["outcome"] | Error> = { 1: "verified" };
  readonly asked: string[] = [];
  readonly troubles: unknown[] = [];
  refreshes = 0;
  /** What the control plane answers; `undefined`: no news. */
  news: KeySetSource | undefined = undefined;
  readonly issuer: TokenIssuer;
  readonly reader: TokenReader;

  constructor(keys: KeySetSource | "none" = keysOf(1), cacheBytes = 100_000) {
    this.issuer = new TokenIssuer(
      { name: "login", issuer: "https://login", algorithms: ["RS256"], clockTolerance: 30 },
      keys === "none" ? undefined : keys,
      () => {
        this.refreshes++;
        queueMicrotask(() => this.issuer.take(this.news));
      },
      () => this.nowMs,
    );
    const verifier: TokenVerifier = {
      verify: async (given, rule, { version }) => {
        this.asked.push(`${rule.audiences.join()} ${version}`);
        const outcome = this.outcomes[version] ?? "unknown-key";
        if (outcome instanceof Error) throw outcome;
        const isGood = outcome === "verified";
        return {
          outcome,
          username: isGood ? `verified ${given.length}` : "",
          clientId: "",
          algorithm: isGood ? "RS256" : "",
          validUntil: isGood ? NOW + 100 : 0,
        };
      },
      close: async () => undefined,
    };
    this.reader = new TokenReader(new TokenCache(cacheBytes), {
      issuers: new TokenIssuers([this.issuer]),
      verifier,
      now: () => this.nowMs,
      onTrouble: (error) => this.troubles.push(error),
    });
  }

  check(given: string, atSecond = NOW, jwt = SHOP) {
    return this.reader.check(given, jwt, atSecond);
  }

  async checkAfter(given: string, jwt = SHOP) {
    await this.reader.verify(given, jwt);
    return this.check(given, NOW, jwt);
  }
}

describe("a token", () => {
  test("is pending until it has been verified, and then costs no second look", async () => {
    const bench = new Bench();
    expect(bench.check(token("a"))).toBe(pending);
    expect(await bench.checkAfter(token("a"))).toBe(verified);
    expect(bench.reader.usernameOf(token("a"), "sub")).toMatch(/^verified /);
    expect(bench.check(token("a"))).toBe(verified);
    expect(bench.asked).toEqual(["shop 1"]);
  });

  test("is never believed past its time", async () => {
    const bench = new Bench();
    await bench.reader.verify(token("a"), SHOP);
    expect([bench.check(token("a"), NOW + 99), bench.check(token("a"), NOW + 100)]).toEqual([
      verified,
      pending,
    ]);
  });

  test("is verified again when the keys have changed", async () => {
    const bench = new Bench();
    await bench.reader.verify(token("a"), SHOP);
    bench.issuer.take(keysOf(2));
    expect(bench.check(token("a"))).toBe(pending);
    bench.outcomes[2] = "signature";
    expect(await bench.checkAfter(token("a"))).toBe(refused);
  });

  test("is verified for each audience by itself", async () => {
    const bench = new Bench();
    const bank = jwtOf("bank");
    await bench.reader.verify(token("a"), SHOP);
    expect(bench.check(token("a"), NOW, bank)).toBe(pending);
    expect(await bench.checkAfter(token("a"), bank)).toBe(verified);
    expect(bench.check(token("a"))).toBe(verified);
    expect(bench.asked).toEqual(["shop 1", "bank 1"]);
  });

  test("of two APIs that ask the same is verified once, as after a reload", async () => {
    const bench = new Bench();
    await bench.reader.verify(token("a"), SHOP);
    expect(bench.check(token("a"), NOW, jwtOf("shop"))).toBe(verified);
  });

  test("that a hundred requests wait for at once is verified once", async () => {
    const bench = new Bench();
    await Promise.all(Array.from({ length: 100 }, () => bench.reader.verify(token("a"), SHOP)));
    expect(bench.asked).toEqual(["shop 1"]);
  });

  test("that is none is refused by sight", () => {
    const bench = new Bench();
    for (const given of ["opaque", `${token("a")}=`, `${token("a")} `, "a.b", "x".repeat(20_000)]) {
      expect(bench.check(given)).toBe(refused);
    }
    expect(bench.asked).toEqual([]);
  });

  test("that is refused is looked at again after ten seconds, not before", async () => {
    const bench = new Bench();
    bench.outcomes[1] = "signature";
    expect(await bench.checkAfter(token("a"))).toBe(refused);
    expect([bench.check(token("a"), NOW + 10), bench.check(token("a"), NOW + 11)]).toEqual([
      refused,
      pending,
    ]);
  });

  test("of an issuer that nobody knows is never believed", async () => {
    const bench = new Bench();
    expect(await bench.checkAfter(token("a"), jwtOf("shop", "other"))).toBe(unavailable);
  });

  test("is never believed where nobody verifies", () => {
    const reader = new TokenReader(new TokenCache(100_000), undefined);
    expect(reader.check(token("a"), SHOP, NOW)).toBe(unavailable);
  });
});

describe("keys", () => {
  test("are asked for when a token names an unknown one, and it is verified by them", async () => {
    const bench = new Bench();
    bench.outcomes = { 2: "verified" };
    bench.news = keysOf(2);
    expect(await bench.checkAfter(token("a"))).toBe(verified);
    expect(bench.asked).toEqual(["shop 1", "shop 2"]);
  });

  test("are asked for once a second at most", async () => {
    const bench = new Bench();
    bench.outcomes = {};
    for (let i = 0; i < 50; i++) expect(await bench.checkAfter(token(`${i}`))).toBe(refused);
    expect(bench.refreshes).toBe(1);
    bench.nowMs += 1000;
    await bench.checkAfter(token("later"));
    expect(bench.refreshes).toBe(2);
  });

  test("that are not there are waited for", async () => {
    const bench = new Bench("none");
    bench.news = keysOf(1);
    expect(await bench.checkAfter(token("a"))).toBe(verified);
    const without = new Bench("none");
    expect(await without.checkAfter(token("a"))).toBe(pending);
    expect(without.asked).toEqual([]);
  });
});

describe("when nobody could look", () => {
  test.for([
    { name: "because too many wait, nobody is told", error: new PoolSaturatedError(1), told: 0 },
    { name: "because workers end, it is told", error: new PoolFailedError(undefined), told: 1 },
  ])("$name, and the token stays pending", async ({ error, told }) => {
    const bench = new Bench();
    bench.outcomes[1] = error;
    expect(await bench.checkAfter(token("a"))).toBe(pending);
    expect(bench.troubles.length).toBe(told);
  });
});

test("a flood of tokens that are refused pushes no verified one out", async () => {
  const bench = new Bench(keysOf(1), 40_000);
  await bench.reader.verify(token("good"), SHOP);
  bench.outcomes[1] = "signature";
  for (let i = 0; i < 2000; i++) await bench.reader.verify(token(`flood ${i}`), SHOP);
  expect(bench.check(token("good"))).toBe(verified);
});
