import { allocateLists, type ClientLists, denyFlag } from "@portcullis/core";
import { openMemoryStore, type Store, StoreClosedError } from "@portcullis/store";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";

import { ExpirySweep } from "../src/expiry-sweep.ts";
import { keyBytes, keyOf } from "../src/list-key.ts";
import { SharedLists } from "../src/shared-lists.ts";
import { attachLists, hashKey, NOW, tokenOf } from "./engine-fixture.ts";
import { STORE_KEY } from "./keeper-fixture.ts";

const EVERY_MS = 1000;
const KEPT_MS = 60_000;
const ATTACK = {
  api: "shop",
  code: "decoy",
  client: tokenOf("t"),
  ip: "192.0.2.1",
  method: "GET",
  path: "/shop",
  requestId: "r",
} as const;

interface Swept {
  readonly lists: ClientLists;
  readonly store: Store;
  readonly sweep: ExpirySweep;
  readonly clock: { now: number };
  readonly errors: unknown[];
}

/** Two tokens, one of which is denied until ten seconds from now. */
async function twoDenials(attacksKeptMs = 0): Promise<Swept> {
  const store = openMemoryStore({ key: STORE_KEY, values: "encrypted" });
  const lists = attachLists(allocateLists(10, 100), -1);
  const clock = { now: NOW };
  const nowSeconds = (): number => clock.now;
  const shared = new SharedLists({ lists, publishPart: () => undefined, nowSeconds });
  const expiries = [NOW + 10, 0];
  await store.lists.put(
    expiries.map((expiresAt, at) => {
      const identifier = tokenOf(`token${at}`);
      const key = keyBytes(keyOf(identifier, hashKey()));
      const kept = { list: "deny", source: "decoy", prefix: 0, addedAt: 0 } as const;
      return { ...kept, ...identifier, key, expiresAt };
    }),
  );
  shared.load(store.lists.keys());
  const errors: unknown[] = [];
  const onError = (_what: string, error: unknown): void => void errors.push(error);
  const sweep = new ExpirySweep({
    store,
    shared,
    everyMs: EVERY_MS,
    attacksKeptMs,
    nowSeconds,
    onError,
  });
  onTestFinished(() => sweep.stop());
  return { lists, store, sweep, clock, errors };
}

describe("what has expired", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("is taken out of memory and off the disk by itself, and nothing else is", async () => {
    const { clock, errors, lists, store } = await twoDenials();
    await vi.advanceTimersByTimeAsync(EVERY_MS);
    expect([lists.entries(), store.lists.count("deny", "decoy")]).toEqual([2, 2]);
    clock.now = NOW + 10;
    await vi.advanceTimersByTimeAsync(EVERY_MS);
    expect([lists.count(denyFlag("decoy")), store.lists.count("deny", "decoy")]).toEqual([1, 1]);
    expect(store.lists.has("deny", tokenOf("token1"))).toBe(true);
    expect(errors).toEqual([]);
  });

  test("stays once the sweep has been stopped", async () => {
    const { clock, store, sweep } = await twoDenials();
    await sweep.stop();
    clock.now = NOW + 10;
    await vi.advanceTimersByTimeAsync(10 * EVERY_MS);
    expect(store.lists.count("deny", "decoy")).toBe(2);
  });

  test("is left alone by a sweep that fails, which is told, and the next one takes it", async () => {
    const { clock, errors, store, sweep } = await twoDenials();
    clock.now = NOW + 10;
    const failing = vi
      .spyOn(store.lists, "dropExpired")
      .mockRejectedValueOnce(new StoreClosedError());
    await sweep.run();
    expect(errors).toEqual([expect.any(StoreClosedError)]);
    expect(store.lists.count("deny", "decoy")).toBe(2);
    failing.mockRestore();
    await sweep.run();
    expect(store.lists.count("deny", "decoy")).toBe(1);
  });
});

/** The times of the attacks that are left after a sweep. */
async function timesLeft({ store, sweep }: Swept): Promise<number[]> {
  const times = [-KEPT_MS - 1, -KEPT_MS, -1, 5].map((offset) => NOW * 1000 + offset);
  await store.attacks.append(times.map((at) => ({ ...ATTACK, at })));
  await sweep.run();
  const all = store.attacks.between({ from: 0, to: Number.MAX_SAFE_INTEGER });
  return [...all].map(({ at }) => at - NOW * 1000);
}

describe("attacks", () => {
  test("that are older than they are kept for are forgotten", async () => {
    expect(await timesLeft(await twoDenials(KEPT_MS))).toEqual([-KEPT_MS, -1, 5]);
  });

  test("are kept for ever where no time is set", async () => {
    expect(await timesLeft(await twoDenials(0))).toHaveLength(4);
  });

  test("are forgotten although expired denials could not be, and a failure is told", async () => {
    const swept = await twoDenials(KEPT_MS);
    vi.spyOn(swept.store.lists, "dropExpired").mockRejectedValueOnce(new StoreClosedError());
    expect(await timesLeft(swept)).toHaveLength(3);
    vi.spyOn(swept.store.attacks, "prune").mockRejectedValueOnce(new StoreClosedError());
    await swept.sweep.run();
    expect(swept.errors).toEqual([expect.any(StoreClosedError), expect.any(StoreClosedError)]);
  });

  test("stay where the sweep is stopped", async () => {
    const swept = await twoDenials(KEPT_MS);
    await swept.sweep.stop();
    expect(await timesLeft(swept)).toHaveLength(4);
  });
});
