import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, describe, expect, onTestFinished, test } from "vitest";

import { TokenPool, type TokenPoolOptions } from "../src/pool.ts";
import {
  InlineVerifier,
  KeySetError,
  PoolClosedError,
  PoolFailedError,
  PoolSaturatedError,
  type TokenVerifier,
} from "../src/verify.ts";
import { createIssuer, jwks, RULE } from "./support/issuer.ts";

const issuer = await createIssuer("RS256");
const stranger = await createIssuer("RS256");
const keys = jwks([issuer.jwk]);
const exp = Math.floor(Date.now() / 1000) + 600;
const good = await issuer.sign({ exp });
const crashing = new URL("support/crashing-worker.mjs", import.meta.url).href;
const folder = mkdtempSync(join(tmpdir(), "token-pool-"));

afterAll(() => rmSync(folder, { recursive: true }));

function openPool(options: Partial<TokenPoolOptions> = {}): TokenPool {
  const pool = new TokenPool({ threads: 1, maxWaiting: 1000, ...options });
  onTestFinished(() => pool.close());
  return pool;
}

describe.each<{ name: string; open: (maxWaiting: number) => TokenVerifier }>([
  { name: "InlineVerifier", open: (maxWaiting) => new InlineVerifier(maxWaiting) },
  { name: "TokenPool", open: (maxWaiting) => openPool({ maxWaiting }) },
])("$name", ({ open }) => {
  test("verifies what the issuer signed, and nothing else", async () => {
    const verifier = open(1000);
    const forged = await stranger.sign({ exp });
    const verifications = await Promise.all(
      [good, forged, `${good}=`, good].map((token) => verifier.verify(token, RULE, keys)),
    );
    expect(verifications.map(({ outcome }) => outcome)).toEqual([
      "verified",
      "signature",
      "malformed",
      "verified",
    ]);
    expect(verifications[0]).toEqual({
      outcome: "verified",
      username: "alice",
      clientId: "web",
      algorithm: "RS256",
      validUntil: exp + RULE.clockTolerance,
    });
  });

  test("tokens of one turn may have rules and keys of their own", async () => {
    const verifier = open(1000);
    const token = await stranger.sign({ exp, aud: "bank" });
    const bank = { ...RULE, audiences: ["bank"], username: "client_id" };
    const [first, second, third] = await Promise.all([
      verifier.verify(good, RULE, keys),
      verifier.verify(token, bank, jwks([stranger.jwk])),
      verifier.verify(good, bank, keys),
    ]);
    expect([first?.username, second?.username, third?.outcome]).toEqual([
      "alice",
      "web",
      "audience",
    ]);
  });

  test("keys that cannot be used are an error, not a bad token", async () => {
    const verifier = open(1000);
    await expect(verifier.verify(good, RULE, jwks([]))).rejects.toThrow(KeySetError);
    expect(await verifier.verify(good, RULE, keys)).toMatchObject({ outcome: "verified" });
  });

  test("a flood past the limit is refused at once, and those who wait are answered", async () => {
    const verifier = open(50);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 500 }, () => verifier.verify(good, RULE, keys)),
    );
    const refusals = outcomes.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
    expect(refusals.length).toBe(450);
    for (const reason of refusals) expect(reason).toBeInstanceOf(PoolSaturatedError);
    expect(await verifier.verify(good, RULE, keys)).toMatchObject({ outcome: "verified" });
  });
});

describe("a worker that ends", () => {
  test("its batch goes to another one", async () => {
    const pool = openPool({ worker: crashing });
    const file = join(folder, "once");
    const [first, second] = await Promise.all([
      pool.verify(`crash:${file}`, RULE, keys),
      pool.verify(good, RULE, keys),
    ]);
    expect([first.outcome, second.outcome]).toEqual(["malformed", "verified"]);
  });

  test("a batch that ends two is given up, and the pool goes on", async () => {
    const pool = openPool({ worker: crashing });
    await expect(pool.verify("crash", RULE, keys)).rejects.toThrow(PoolFailedError);
    expect(await pool.verify(good, RULE, keys)).toMatchObject({ outcome: "verified" });
    expect(pool.waiting).toBe(0);
  });
});

test("a pool that is closed lets nobody wait", async () => {
  const pool = new TokenPool({ threads: 1, maxWaiting: 10 });
  await pool.verify(good, RULE, keys);
  const waiting = pool.verify(good, RULE, keys);
  const [outcome] = await Promise.allSettled([waiting, pool.close()]);
  expect(outcome).toMatchObject({ status: "rejected", reason: expect.any(PoolClosedError) });
  await expect(pool.verify(good, RULE, keys)).rejects.toThrow(PoolClosedError);
});
