import type { AddressWords } from "@portcullis/core";

import { type AddressKey, addressKeyOf } from "./address-key.ts";

/** How many requests an edge forwards at a time; 0: any number. */
export interface InFlightLimits {
  readonly total: number;
  /** Of one IPv4 address, or of one IPv6 network of 64 bits. */
  readonly perAddress: number;
}

/** Whether a request may be forwarded, or which limit is in its way. */
export type Admission = "admitted" | "in-flight" | "in-flight-per-address";

/** Counts the requests that an edge forwards, and by address where that is limited. */
export class InFlight {
  readonly #limits: InFlightLimits;
  readonly #byAddress = new Map<AddressKey, number>();
  #total = 0;

  constructor(limits: InFlightLimits) {
    this.#limits = limits;
  }

  get total(): number {
    return this.#total;
  }

  /** Under what `address` is counted. */
  keyOf(address: AddressWords): AddressKey {
    return this.#limits.perAddress === 0 ? "" : addressKeyOf(address);
  }

  /** Whether one more request may be forwarded. `isExempt`: of its address there may be any number. */
  check(key: AddressKey, isExempt: boolean): Admission {
    const { perAddress, total } = this.#limits;
    if (total > 0 && this.#total >= total) return "in-flight";
    if (perAddress === 0 || isExempt) return "admitted";
    return (this.#byAddress.get(key) ?? 0) >= perAddress ? "in-flight-per-address" : "admitted";
  }

  /** A request is forwarded; `end` is owed. */
  begin(key: AddressKey): void {
    this.#total++;
    if (key !== "") this.#byAddress.set(key, (this.#byAddress.get(key) ?? 0) + 1);
  }

  end(key: AddressKey): void {
    this.#total--;
    if (key === "") return;
    const left = (this.#byAddress.get(key) ?? 0) - 1;
    if (left > 0) this.#byAddress.set(key, left);
    else this.#byAddress.delete(key);
  }
}
