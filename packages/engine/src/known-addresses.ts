import { type AddressWords, type ClientLists, spreadAddress } from "@portcullis/core";

/** Pairs of slots, each pair in one line of the cache. */
const PAIRS = 4096;
/** Leaves the upper bits of a number that count `PAIRS`. */
const SHIFT = 20;
const ADDRESS_WORDS = 4;
/** Behind the address: the lists' generation, what they said under it, and the second that this ends. */
const GENERATION = 4;
const FLAGS = 5;
const UNTIL = 6;
const SLOT_WORDS = 8;

/**
 * What the lists said of the addresses that were looked up last, each in one of the two slots that it may have: a
 * comparison in place of a hash and a look-up. 256 KiB.
 */
export class KnownAddresses {
  readonly #slots = new Int32Array(PAIRS * 2 * SLOT_WORDS);

  /** What `lists`, whose generation was `generation` when the request began, say of an address now. */
  flags(address: AddressWords, lists: ClientLists, generation: number, nowSeconds: number): number {
    const slots = this.#slots;
    const first = (spreadAddress(address) >>> SHIFT) * 2 * SLOT_WORDS;
    const second = first + SLOT_WORDS;
    if (isKnown(slots, first, generation, nowSeconds) && isAt(slots, first, address)) {
      return slots[first + FLAGS] ?? 0;
    }
    if (isKnown(slots, second, generation, nowSeconds) && isAt(slots, second, address)) {
      return slots[second + FLAGS] ?? 0;
    }
    const flags = lists.addressFlags(address, nowSeconds);
    const at = isKnown(slots, first, generation, nowSeconds) ? second : first;
    for (let word = 0; word < ADDRESS_WORDS; word++) slots[at + word] = address[word] ?? 0;
    slots[at + GENERATION] = generation;
    slots[at + FLAGS] = flags;
    slots[at + UNTIL] = lists.validUntil;
    return flags;
  }
}

/** Whether what a slot says still holds, of whichever address. */
function isKnown(slots: Int32Array, at: number, generation: number, nowSeconds: number): boolean {
  return slots[at + GENERATION] === generation && nowSeconds < (slots[at + UNTIL] ?? 0) >>> 0;
}

function isAt(slots: Int32Array, at: number, address: AddressWords): boolean {
  // One is signed and the other is not.
  for (let word = 0; word < ADDRESS_WORDS; word++) {
    if (((slots[at + word] ?? 0) ^ (address[word] ?? 0)) !== 0) return false;
  }
  return true;
}
