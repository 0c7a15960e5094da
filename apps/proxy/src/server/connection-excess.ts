import type { AddressWords } from "@portcullis/core";

import { type AddressKey, addressKeyOf } from "./address-key.ts";

/** Addresses with more connections than they may have, and how many more. */
export type Excess = readonly (readonly [address: AddressKey, connections: number])[];

/** Which addresses have more connections than they may, and how many of them this edge is to close. */
export class ConnectionExcess {
  #left = new Map<AddressKey, number>();

  /** Whether nobody has. Asked for each request. */
  get isEmpty(): boolean {
    return this.#left.size === 0;
  }

  /** Takes the newest count, which replaces the one before. */
  replace(excess: Excess): void {
    this.#left = new Map(excess);
  }

  /** Whether a connection of `peer` on which a request has come is to be closed; counts it. */
  take(peer: AddressWords): boolean {
    const key = addressKeyOf(peer);
    const left = this.#left.get(key) ?? 0;
    if (left === 0) return false;
    if (left > 1) this.#left.set(key, left - 1);
    else this.#left.delete(key);
    return true;
  }
}
