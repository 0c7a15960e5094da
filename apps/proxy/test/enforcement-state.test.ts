import { parseSettings } from "@portcullis/config";
import { openMemoryStore } from "@portcullis/store";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";

import { loadEnforcementState } from "../src/control/enforcement-state.ts";

const KEY = new Uint8Array(32).fill(7);
const MINUTE_MS = 60_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a denial that has expired is out of memory and off the disk within two minutes", async () => {
  const settings = parseSettings({}, "/");
  if (!settings.ok) throw new TypeError("the defaults are no settings");
  const store = openMemoryStore({ key: KEY, values: "encrypted" });
  const denial = { list: "deny", source: "manual", kind: "token", name: "", prefix: 0 } as const;
  const expiresAt = Math.floor(Date.now() / 1000) + 30;
  await store.lists.put([
    { ...denial, value: "for ever", key: KEY.slice(0, 16), expiresAt: 0, addedAt: 0 },
    { ...denial, value: "for a while", key: KEY.slice(1, 17).fill(1), expiresAt, addedAt: 0 },
  ]);
  const report = vi.fn<(what: string, error: unknown) => void>();
  const state = loadEnforcementState({
    settings: settings.value,
    store,
    installationKey: KEY,
    publishPart: () => undefined,
    report,
  });
  onTestFinished(() => state.sweep.stop());
  expect(state.lists.entries()).toBe(2);
  await vi.advanceTimersByTimeAsync(2 * MINUTE_MS);
  expect([state.lists.entries(), store.lists.count("deny", "manual")]).toEqual([1, 1]);
  expect(report).not.toHaveBeenCalled();
});
