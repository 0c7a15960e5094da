import { setImmediate as nextTurn } from "node:timers/promises";

import {
  ALLOW,
  type ClientLists,
  denyFlag,
  type ListAddition,
  OPERATOR_MASK,
} from "@portcullis/core";
import type { ListKey } from "@portcullis/store";

import { type IdentifierKey, keyFromBytes } from "./list-key.ts";

export interface SharedListsOptions {
  readonly lists: ClientLists;
  /** Hands a part that was built anew to every other thread before it comes into force. */
  readonly publishPart: (part: SharedArrayBuffer) => void;
  readonly nowSeconds: () => number;
}

/** The control plane's hand on the lists in shared memory: what asks for room gets it. */
export class SharedLists {
  readonly #options: SharedListsOptions;

  constructor(options: SharedListsOptions) {
    this.#options = options;
  }

  /** Adds what the store holds of one entry; false if there is no room for it. */
  addStored(entry: ListKey): boolean {
    return this.#addAt(entry, this.#options.nowSeconds());
  }

  /** Adds what the store holds, at the start; returns for how many entries there was no room. */
  load(entries: Iterable<ListKey>): number {
    // A clock that is asked a million times costs more than an entry that expires meanwhile.
    const now = this.#options.nowSeconds();
    let missing = 0;
    for (const entry of entries) if (!this.#addAt(entry, now)) missing++;
    return missing;
  }

  #addAt(entry: ListKey, now: number): boolean {
    const key = keyFromBytes(entry.key, entry.kind === "ip", entry.prefix);
    const flag = flagOf(entry);
    // Early, so that the edges do not run out of room before this thread sees it.
    this.makeRoom();
    let outcome = this.#add(key, flag, entry.expiresAt, now);
    if (outcome === "full") {
      // Going through all entries is for an operator's only: a flood must not cause it.
      if ((flag & OPERATOR_MASK) !== 0) this.purgeExpired();
      this.makeRoom();
      outcome = this.#add(key, flag, entry.expiresAt, now);
    }
    return outcome === "added" || outcome === "present";
  }

  /** Builds anew what is nearly full, or full of what was removed. */
  makeRoom(): void {
    const { lists, nowSeconds, publishPart } = this.#options;
    if (lists.needsGrowth()) lists.grow(nowSeconds(), publishPart);
  }

  /** Makes room for so many more entries, and so many ranges among them, at once. */
  reserve(entries: number, ranges: number): void {
    const { lists, nowSeconds, publishPart } = this.#options;
    lists.grow(nowSeconds(), publishPart, { entries, ranges });
  }

  /** Takes out the denials that have expired, and frees what they held. */
  purgeExpired(): number {
    const { lists, nowSeconds } = this.#options;
    const purged = lists.purgeExpired(nowSeconds());
    this.makeRoom();
    return purged;
  }

  /** The same, with whatever waits meanwhile in between. */
  async purgeExpiredInTurns(): Promise<void> {
    const { lists, nowSeconds } = this.#options;
    for (const purged of lists.purgingExpired(nowSeconds())) {
      if (purged > 0) this.makeRoom();
      await nextTurn();
    }
  }

  remove(key: IdentifierKey, flags: number): void {
    const { lists, nowSeconds } = this.#options;
    if (key.isAddress) lists.removeAddress(key.words, key.prefix, flags, nowSeconds());
    else lists.remove(key.words, 0, flags, nowSeconds());
  }

  /** Takes one entry of the store out of memory. */
  removeStored(entry: ListKey): void {
    this.remove(keyFromBytes(entry.key, entry.kind === "ip", entry.prefix), flagOf(entry));
  }

  /** Clears these bits from every entry. */
  removeFlags(flags: number): void {
    this.#options.lists.removeFlags(flags);
    this.makeRoom();
  }

  #add(key: IdentifierKey, flag: number, expiry: number, now: number): ListAddition {
    const { lists } = this.#options;
    return key.isAddress
      ? lists.addAddress(key.words, key.prefix, flag, expiry, now)
      : lists.add(key.words, 0, flag, expiry, now);
  }
}

/** The bit in shared memory that stands for an entry of the store. */
function flagOf(entry: Pick<ListKey, "list" | "source">): number {
  return entry.list === "allow" ? ALLOW : denyFlag(entry.source);
}
