import {
  type AddressWords,
  clientAddress,
  type HopSource,
  type RequestView,
} from "@portcullis/core";

/** Places of one set: with one each, of a thousand clients more than a hundred would take each other's. */
const WAYS = 4;
/** A power of two. */
const SETS = 2048;
const ADDRESS_WORDS = 4;
/** What is longer than this is read each time. */
const MOST_CHARS = 128;
/** Characters at the end of a text that decide on its place. */
const TAIL = 8;

/**
 * Finds where requests come from. What a trusted proxy says of a client is the same text each time: the texts
 * that came last have four places each, and what one of them says is the same whichever trusted proxy says it.
 */
export class ClientAddresses {
  readonly #source: HopSource;
  readonly #texts: string[] = Array.from({ length: SETS * WAYS }, () => "");
  readonly #addresses = new Uint32Array(SETS * WAYS * ADDRESS_WORDS);
  /** Where the next text goes in a set that is full. */
  #next = 0;

  constructor(source: HopSource) {
    this.#source = source;
  }

  /** Sets `isFromProxy`, `address` and `isSharedAddress` of a request whose head has been read. */
  find(view: RequestView): void {
    view.isFromProxy = this.#source.trusted.has(view.peer);
    const known = view.isFromProxy && view.hops !== "" ? this.#placeOf(view.hops) : -1;
    if (known !== -1) {
      copyWords(this.#addresses, known * ADDRESS_WORDS, view.address, 0);
      view.isSharedAddress = false;
      return;
    }
    const isClient = clientAddress(view.peer, view.hops, this.#source, view.address);
    view.isSharedAddress = !isClient;
    // Of a trusted peer it is a client only by what the hops say.
    if (view.isFromProxy && isClient && view.hops.length <= MOST_CHARS) {
      const place = this.#placeFor(view.hops);
      this.#texts[place] = view.hops;
      copyWords(view.address, 0, this.#addresses, place * ADDRESS_WORDS);
    }
  }

  /** Where `hops` stands; -1: nowhere. */
  #placeOf(hops: string): number {
    const first = firstPlaceOf(hops);
    for (let place = first; place < first + WAYS; place++) {
      if (this.#texts[place] === hops) return place;
    }
    return -1;
  }

  /** Where a text that is not there goes. */
  #placeFor(hops: string): number {
    const first = firstPlaceOf(hops);
    for (let place = first; place < first + WAYS; place++) {
      if (this.#texts[place] === "") return place;
    }
    this.#next = (this.#next + 1) % WAYS;
    return first + this.#next;
  }
}

function copyWords(from: AddressWords, start: number, to: AddressWords, at: number): void {
  for (let word = 0; word < ADDRESS_WORDS; word++) to[at + word] = from[start + word] ?? 0;
}

function firstPlaceOf(text: string): number {
  let place = 0;
  for (let i = Math.max(0, text.length - TAIL); i < text.length; i++) {
    place = Math.imul(place, 31) + text.charCodeAt(i);
  }
  return (place & (SETS - 1)) * WAYS;
}
