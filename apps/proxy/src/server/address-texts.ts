import { type AddressWords, formatAddress, spreadAddress } from "@portcullis/core";
import { ownText } from "@portcullis/engine";

const SLOTS = 8192;
/** Leaves the upper bits of a number that count `SLOTS`. */
const SHIFT = 19;
const ADDRESS_WORDS = 4;

/**
 * The texts of the addresses seen last, each in the one place that it may have: comparing an address costs
 * a part of writing it.
 */
export class AddressTexts {
  readonly #addresses = new Uint32Array(SLOTS * ADDRESS_WORDS);
  readonly #texts: string[] = Array.from({ length: SLOTS }, () => "");

  /** As `formatAddress`. */
  textOf(address: AddressWords): string {
    const slot = spreadAddress(address) >>> SHIFT;
    const known = this.#texts[slot] ?? "";
    if (known !== "" && this.#isAt(slot * ADDRESS_WORDS, address)) return known;
    // In one piece: a text that is joined is put together wherever it is read.
    const text = ownText(formatAddress(address));
    for (let word = 0; word < ADDRESS_WORDS; word++) {
      this.#addresses[slot * ADDRESS_WORDS + word] = address[word] ?? 0;
    }
    this.#texts[slot] = text;
    return text;
  }

  #isAt(at: number, address: AddressWords): boolean {
    for (let word = 0; word < ADDRESS_WORDS; word++) {
      if (this.#addresses[at + word] !== address[word]) return false;
    }
    return true;
  }
}
