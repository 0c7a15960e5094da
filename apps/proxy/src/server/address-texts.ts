import { type AddressWords, formatAddress, spreadAddress } from "@portcullis/core";
import { ownText } from "@portcullis/engine";

/** Places of one set: with one each, of a thousand clients more than a hundred would take each other's. */
const WAYS = 4;
const SETS = 2048;
/** Leaves the upper bits of a number that count `SETS`. */
const SHIFT = 21;
const ADDRESS_WORDS = 4;

/**
 * The texts of the addresses seen last, each in one of the four places that it may have: comparing an address
 * costs a part of writing it.
 */
export class AddressTexts {
  readonly #addresses = new Uint32Array(SETS * WAYS * ADDRESS_WORDS);
  readonly #texts: string[] = Array.from({ length: SETS * WAYS }, () => "");
  /** Where the next one goes in a set that is full. */
  #next = 0;

  /** As `formatAddress`. */
  textOf(address: AddressWords): string {
    const first = (spreadAddress(address) >>> SHIFT) * WAYS;
    let free = -1;
    for (let slot = first; slot < first + WAYS; slot++) {
      const known = this.#texts[slot] ?? "";
      if (known !== "") {
        if (this.#isAt(slot * ADDRESS_WORDS, address)) return known;
      } else if (free === -1) free = slot;
    }
    // In one piece: a text that is joined is put together wherever it is read.
    const text = ownText(formatAddress(address));
    const slot = free === -1 ? first + this.#turn() : free;
    for (let word = 0; word < ADDRESS_WORDS; word++) {
      this.#addresses[slot * ADDRESS_WORDS + word] = address[word] ?? 0;
    }
    this.#texts[slot] = text;
    return text;
  }

  #turn(): number {
    this.#next = (this.#next + 1) % WAYS;
    return this.#next;
  }

  #isAt(at: number, address: AddressWords): boolean {
    for (let word = 0; word < ADDRESS_WORDS; word++) {
      if (this.#addresses[at + word] !== address[word]) return false;
    }
    return true;
  }
}
