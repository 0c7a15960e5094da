import { type AddressWords, type ClientLists, spreadAddress } from "@portcullis/core";

/** Places of one set. With two, one in forty of a thousand clients would share them with two others, and be looked up each time. */
const WAYS = 4;
const SETS = 2048;
/** Leaves the upper bits of a number that count `SETS`. */
const SHIFT = 21;
const ADDRESS_WORDS = 4;
/** Behind the address: the lists' generation, what they said under it, and the second that this ends. */
const GENERATION = 4;
const FLAGS = 5;
const UNTIL = 6;
const SLOT_WORDS = 8;
const SET_WORDS = WAYS * SLOT_WORDS;

/**
 * What the lists said of the addresses that were looked up last, each in one of the four slots that it may have: a
 * comparison in place of a hash and a look-up. 256 KiB.
 */
export class KnownAddresses {
  readonly #slots = new Int32Array(SETS * SET_WORDS);
  /** Where the next one goes in a set that is full, as words behind its start. */
  #next = 0;

  /** What `lists`, whose generation was `generation` when the request began, say of an address now. */
  flags(address: AddressWords, lists: ClientLists, generation: number, nowSeconds: number): number {
    const slots = this.#slots;
    const first = (spreadAddress(address) >>> SHIFT) * SET_WORDS;
    let free = -1;
    for (let at = first; at < first + SET_WORDS; at += SLOT_WORDS) {
      if (isKnown(slots, at, generation, nowSeconds)) {
        if (isAt(slots, at, address)) return slots[at + FLAGS] ?? 0;
      } else if (free === -1) free = at;
    }
    const flags = lists.addressFlags(address, nowSeconds);
    const at = free === -1 ? first + this.#turn() : free;
    for (let word = 0; word < ADDRESS_WORDS; word++) slots[at + word] = address[word] ?? 0;
    slots[at + GENERATION] = generation;
    slots[at + FLAGS] = flags;
    slots[at + UNTIL] = lists.validUntil;
    return flags;
  }

  #turn(): number {
    this.#next = (this.#next + SLOT_WORDS) % SET_WORDS;
    return this.#next;
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
