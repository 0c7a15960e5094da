import { ALLOW, type ClientLists, denyFlag } from "@portcullis/core";
import { type ListKey } from "@portcullis/store";

import { type IdentifierKey, keyFromBytes } from "./list-key.ts";

export interface SharedListsOptions {
  readonly lists: ClientLists;
  /** Slots the table may grow to. */
  readonly maxSlots: number;
  /** Hands a grown table to every other thread before it comes into force. */
  readonly publishTable: (table: SharedArrayBuffer) => void;
  readonly nowSeconds: () => number;
}

/** The control plane's hand on the lists in shared memory: what is full is grown. */
export class SharedLists {
  readonly #options: SharedListsOptions;

  constructor(options: SharedListsOptions) {
    this.#options = options;
  }

  /** Adds what the store holds of one entry; false if there is no room for it. */
  addStored(entry: ListKey): boolean {
    const key = keyFromBytes(entry.key, entry.kind === "ip", entry.prefix);
    return this.#add(key, flagOf(entry), entry.expiresAt);
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
  }

  #add(key: IdentifierKey, flag: number, expiry: number): boolean {
    const { lists, nowSeconds } = this.#options;
    // Early, so that the edges do not run out of room before this thread sees it.
    if (lists.needsGrowth()) this.#grow();
    for (let tries = 0; tries < 2; tries++) {
      const outcome = key.isAddress
        ? lists.addAddress(key.words, key.prefix, flag, expiry, nowSeconds())
        : lists.add(key.words, 0, flag, expiry, nowSeconds());
      if (outcome === "added" || outcome === "present") return true;
      if (outcome === "full") this.#grow();
    }
    return false;
  }

  #grow(): void {
    const { lists, maxSlots, nowSeconds, publishTable } = this.#options;
    // At its limit the table is built anew all the same where that frees what was removed.
    const isWorthIt = lists.capacity() < maxSlots || lists.tombstones() > lists.capacity() / 16;
    if (isWorthIt) lists.grow(nowSeconds(), publishTable, maxSlots);
  }
}

/** The bit in shared memory that stands for an entry of the store. */
function flagOf(entry: Pick<ListKey, "list" | "source">): number {
  return entry.list === "allow" ? ALLOW : denyFlag(entry.source);
}
