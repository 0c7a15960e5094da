import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { onTestFinished } from "vitest";

import type { AttackRecord } from "../src/attack-record.ts";
import type { ListEntry } from "../src/list-entry.ts";
import { openMemoryStore } from "../src/memory-store.ts";
import { openStore } from "../src/open-store.ts";
import type { Store, StoreOptions } from "../src/store.ts";

const KEY: Uint8Array = new Uint8Array(32).fill(7);

/** A directory that goes away with the test. */
export function freshDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "portcullis-store-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A store on disk that is closed with the test. */
export function openTestStore(directory: string, options: Partial<StoreOptions> = {}): Store {
  const store = openStore({ directory, key: KEY, values: "encrypted", ...options });
  onTestFinished(() => store.close());
  return store;
}

/** Every implementation of the store, by the same signature. */
export const IMPLEMENTATIONS: readonly {
  readonly implementation: string;
  readonly open: (values: StoreOptions["values"]) => Store;
}[] = [
  { implementation: "lmdb", open: (values) => openTestStore(freshDirectory(), { values }) },
  { implementation: "memory", open: (values) => openMemoryStore({ key: KEY, values }) },
];

/** A denied token; a row says what differs. */
export function entry(given: Partial<ListEntry> = {}): ListEntry {
  return {
    list: "deny",
    kind: "token",
    name: "",
    value: "token1.1",
    source: "protocol",
    addedAt: 1_516_999_084_770,
    expiresAt: 0,
    key: new Uint8Array(16).fill(1),
    prefix: 0,
    api: undefined,
    requestId: undefined,
    ...given,
  };
}

/** An attack by a token; a row says what differs. */
export function attack(given: Partial<AttackRecord> = {}): AttackRecord {
  return {
    at: 1_516_999_084_770,
    api: "shop",
    code: "protocol",
    client: { kind: "token", name: "", value: "token1.1" },
    ip: "203.0.113.9",
    method: "GET",
    path: "/shop/cart",
    requestId: "r-1",
    ...given,
  };
}
