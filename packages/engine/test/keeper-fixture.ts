import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { allocateLists, type ClientIdentifier, type ClientLists, denyFlag } from "@portcullis/core";
import type { AttackRecord, Store } from "@portcullis/store";
import { onTestFinished } from "vitest";

import type { Offence } from "../src/enforcer.ts";
import { ListKeeper } from "../src/list-keeper.ts";
import { keyOf } from "../src/list-key.ts";
import { OffenceBacklog } from "../src/offence-backlog.ts";
import { SharedLists } from "../src/shared-lists.ts";
import type { SharedSwitches } from "../src/shared-switches.ts";
import { attachLists, flagsOf, hashKey, NOW, NOW_MS, switchesOf } from "./engine-fixture.ts";

export const STORE_KEY: Uint8Array = new Uint8Array(32).fill(7);
/** Lists of few entries; the tables themselves grow. */
const ENTRIES = 64;

/** A directory that goes away with the test. */
export function freshDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "portcullis-engine-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export interface InstallationOptions {
  readonly automaticLimit?: number;
  readonly detection?: boolean;
  readonly maxEntries?: number;
}

/** A keeper over `store`, with the lists in memory that it keeps. */
export class Installation {
  readonly lists: ClientLists;
  readonly switches: SharedSwitches;
  readonly clock = { now: NOW_MS };
  readonly errors: { readonly what: string; readonly error: unknown }[] = [];
  readonly keeper: ListKeeper;
  /** Told of every batch of attacks before it is committed. */
  onCommit: () => void = () => undefined;
  onError: (told?: unknown) => void = () => undefined;
  readonly backlog = new OffenceBacklog();
  readonly #store: Store;

  constructor(store: Store, options: InstallationOptions = {}) {
    this.#store = store;
    this.lists = attachLists(allocateLists(ENTRIES, options.maxEntries ?? 100), -1);
    onTestFinished(() => store.close());
    this.switches = switchesOf(true, options.detection ?? true);
    const append = store.attacks.append.bind(store.attacks);
    store.attacks.append = (records) => {
      this.onCommit();
      return append(records);
    };
    this.keeper = new ListKeeper({
      store,
      hashKey: hashKey(),
      switches: this.switches,
      backlog: this.backlog,
      shared: new SharedLists({
        lists: this.lists,
        publishPart: () => undefined,
        nowSeconds: () => NOW,
      }),
      automaticLimit: options.automaticLimit ?? 1000,
      onError: (what, error) => {
        this.errors.push({ what, error });
        this.onError();
      },
      now: () => this.clock.now,
    });
  }

  readonly flags = (client: ClientIdentifier): number => flagsOf(this.lists, client);

  /** What an edge does: denies in memory, then tells the keeper. */
  readonly detect = (...offences: readonly Offence[]): void => {
    for (const { client, source } of offences) {
      const { isAddress, prefix, words } = keyOf(client, hashKey());
      const flag = denyFlag(source);
      if (isAddress) this.lists.addAddress(words, prefix, flag, 0, NOW);
      else this.lists.add(words, 0, flag, 0, NOW);
    }
    this.keeper.record(offences);
  };

  readonly attacks = (): readonly AttackRecord[] => [
    ...this.#store.attacks.between({ from: 0, to: Number.MAX_SAFE_INTEGER }),
  ];
}
