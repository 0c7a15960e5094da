import { type AddressWords, type ClientLists, spreadAddress } from "@portcullis/core";

const SLOTS = 4096;
/** Leaves the upper bits of a number that count `SLOTS`. */
const SHIFT = 20;
const ADDRESS_WORDS = 4;
/** Behind the address: the lists' generation, what they said under it, and the second that this ends. */
const GENERATION = 4;
const FLAGS = 5;
const UNTIL = 6;
const SLOT_WORDS = 8;

/**
 * What the lists said of the addresses that were looked up last, each in the one place that it may have: a
 * comparison in place of a hash and a look-up. 128 KiB.
 */
export class KnownAddresses {
  readonly #slots = new Int32Array(SLOTS * SLOT_WORDS);

  /** What `lists`, whose generation was `generation` when the request began, say of an address now. */
  flags(address: AddressWords, lists: ClientLists, generation: number, nowSeconds: number): number {
    const slots = this.#slots;
    const at = (spreadAddress(address) >>> SHIFT) * SLOT_WORDS;
    const isKnown =
      slots[at + GENERATION] === generation &&
      nowSeconds < (slots[at + UNTIL] ?? 0) >>> 0 &&
      isAt(slots, at, address);
    if (isKnown) return slots[at + FLAGS] ?? 0;
    const flags = lists.addressFlags(address, nowSeconds);
    for (let word = 0; word < ADDRESS_WORDS; word++) slots[at + word] = address[word] ?? 0;
    slots[at + GENERATION] = generation;
    slots[at + FLAGS] = flags;
    slots[at + UNTIL] = lists.validUntil;
    return flags;
  }
}

function isAt(slots: Int32Array, at: number, address: AddressWords): boolean {
  // One is signed and the other is not.
  for (let word = 0; word < ADDRESS_WORDS; word++) {
    if (((slots[at + word] ?? 0) ^ (address[word] ?? 0)) !== 0) return false;
  }
  return true;
}
