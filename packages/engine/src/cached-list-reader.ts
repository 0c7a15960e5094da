import {
  type ClientLists,
  hashIdentifier,
  type HashKey,
  KEY_WORDS,
  type ListReader,
  TOKEN,
} from "@portcullis/core";

import { type TokenCache } from "./token-cache.ts";

/**
 * Asks the shared lists, and remembers per token what they said: while the lists' generation
 * stands, the second request of a token costs no hash and no look-up.
 */
export class CachedListReader implements ListReader {
  readonly #lists: ClientLists;
  readonly #key: HashKey;
  readonly #tokens: TokenCache;

  constructor(lists: ClientLists, key: HashKey, tokens: TokenCache) {
    this.#lists = lists;
    this.#key = key;
    this.#tokens = tokens;
  }

  addressFlags(address: Uint32Array, nowSeconds: number): number {
    return this.#lists.addressFlags(address, nowSeconds);
  }

  identifierFlags(
    kind: number,
    name: string,
    value: string,
    nowSeconds: number,
    keys: Int32Array,
  ): number {
    return kind === TOKEN
      ? this.#tokenFlags(value, nowSeconds, keys)
      : this.#lists.identifierFlags(kind, name, value, nowSeconds, keys);
  }

  #tokenFlags(token: string, nowSeconds: number, keys: Int32Array): number {
    const offset = TOKEN * KEY_WORDS;
    const entry = this.#tokens.entry(token);
    if (!entry.hasKeys) {
      hashIdentifier(this.#key, TOKEN, "", token, entry.keys, 0);
      entry.hasKeys = true;
    }
    for (let i = 0; i < KEY_WORDS; i++) keys[offset + i] = entry.keys[i] ?? 0;
    // The generation is read before the look-up: a change in between makes the stamp stale at once.
    const generation = this.#lists.generation();
    if (entry.generation === generation && nowSeconds < entry.validUntil) return entry.flags;
    entry.flags = this.#lists.flagsOf(keys, offset, nowSeconds);
    entry.validUntil = this.#lists.validUntil;
    entry.generation = generation;
    return entry.flags;
  }
}
