import { type ClientLists, hashIdentifier, type HashKey, KEY_WORDS } from "@portcullis/core";

import { ownText } from "./own-text.ts";

/** Values longer than this are rare, and would fill the memory of an edge: they are hashed each time. */
const REMEMBERED_LENGTH = 256;

// Of one call at a time.
const scratch = new Int32Array(KEY_WORDS);

/**
 * The identifier of one kind that one client showed last: its key, and what the lists said of it.
 * While it shows the same again and the lists' generation stands, it costs no hash and no look-up.
 */
export class KnownIdentifier {
  readonly #kind: number;
  // Its key, in fields of its own: a typed array would take three times the room.
  #key0 = 0;
  #key1 = 0;
  #key2 = 0;
  #key3 = 0;
  #name = "";
  /** Empty: none is known. */
  #value = "";
  /** The lists' generation that `#flags` belongs to; -1: never looked up. */
  #generation = -1;
  #flags = 0;
  /** Unix second from which on `#flags` is stale even without a change of the lists. */
  #validUntil = 0;

  constructor(kind: number) {
    this.#kind = kind;
  }

  /** Whether this is the identifier; a value is compared whole. */
  is(name: string, value: string): boolean {
    return this.#value === value && this.#name === name;
  }

  /** Becomes another identifier, which is compared to this one from now on; `false`: it is not kept. */
  become(name: string, value: string, key: HashKey): boolean {
    const own = value.length > REMEMBERED_LENGTH ? "" : ownText(value);
    if (own !== value) return false;
    this.take(name, own, key);
    return true;
  }

  /** The same for a value that is remembered anyway. */
  take(name: string, value: string, key: HashKey): void {
    this.takeKey(name, value, key);
    this.#name = name;
    this.#value = value;
  }

  /** The same without keeping the value, for a caller who does not ask whether `is` it. */
  takeKey(name: string, value: string, key: HashKey): void {
    hashIdentifier(key, this.#kind, name, value, scratch, 0);
    this.#key0 = scratch[0] ?? 0;
    this.#key1 = scratch[1] ?? 0;
    this.#key2 = scratch[2] ?? 0;
    this.#key3 = scratch[3] ?? 0;
    this.#generation = -1;
  }

  /**
   * What the lists say of it now; its key goes to `keys[kind * 4, kind * 4 + 4)`. `generation`: theirs
   * from before the look-up, so that a change in between makes the stamp stale at once.
   */
  flags(lists: ClientLists, generation: number, nowSeconds: number, keys: Int32Array): number {
    const offset = this.#kind * KEY_WORDS;
    keys[offset] = this.#key0;
    keys[offset + 1] = this.#key1;
    keys[offset + 2] = this.#key2;
    keys[offset + 3] = this.#key3;
    if (this.#generation !== generation || nowSeconds >= this.#validUntil) {
      this.#flags = lists.flagsOf(keys, offset, nowSeconds);
      this.#validUntil = lists.validUntil;
      this.#generation = generation;
    }
    return this.#flags;
  }
}
