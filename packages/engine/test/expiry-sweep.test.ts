import { allocateLists, type ClientLists, denyFlag } from "@portcullis/core";
import { openMemoryStore, type Store, StoreClosedError } from "@portcullis/store";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";

import { ExpirySweep } from "../src/expiry-sweep.ts";
import { keyBytes, keyOf } from "../src/list-key.ts";
import { SharedLists } from "../src/shared-lists.ts";
import { attachLists, hashKey, NOW, tokenOf } from "./engine-fixture.ts";
import { STORE_KEY } from "./keeper-fixture.ts";

const EVERY_MS = 1000;

interface Swept {
  readonly lists: ClientLists;
  readonly store: Store;
  readonly sweep: ExpirySweep;
  readonly clock: { now: number };
  readonly errors: unknown[];
}

/** Two tokens, one of which is denied until ten seconds from now. */
async function twoDenials(): Promise<Swept> {
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
  const sweep = new ExpirySweep({ store, shared, everyMs: EVERY_MS, nowSeconds, onError });
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
