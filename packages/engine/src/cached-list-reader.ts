import {
  type ClientLists,
  type HashKey,
  KEY_WORDS,
  type ListReader,
  type RequestView,
  TOKEN,
} from "@portcullis/core";

import { KnownAddresses } from "./known-addresses.ts";
import type { LearnedUsers } from "./learned-users.ts";
import type { TokenCache, TokenEntry } from "./token-cache.ts";

/**
 * Asks the shared lists, and remembers what they said of an address, and beside each token what they said of
 * it and of the other identifiers that came with it last.
 */
export class CachedListReader implements ListReader {
  readonly #lists: ClientLists;
  readonly #key: HashKey;
  readonly #tokens: TokenCache;
  readonly #learned: LearnedUsers | undefined;
  /** Nobody asks for the key of a twin. */
  readonly #twinKeys = new Int32Array(KEY_WORDS);
  readonly #addresses = new KnownAddresses();
  /** The lists' generation when the request began. */
  #generation = 0;
  /** Of the request that is being read; `undefined`: it has shown no token. */
  #entry: TokenEntry | undefined = undefined;

  constructor(
    lists: ClientLists,
    key: HashKey,
    tokens: TokenCache,
    learned: LearnedUsers | undefined,
  ) {
    this.#lists = lists;
    this.#key = key;
    this.#tokens = tokens;
    this.#learned = learned;
  }

  addressFlags(address: Uint32Array, nowSeconds: number): number {
    const lists = this.#lists;
    this.#entry = undefined;
    this.#generation = lists.generation();
    return this.#addresses.flags(address, lists, this.#generation, nowSeconds);
  }

  identifierFlags(
    kind: number,
    name: string,
    value: string,
    nowSeconds: number,
    keys: Int32Array,
  ): number {
    if (kind === TOKEN) return this.#tokenFlags(value, nowSeconds, keys);
    const known = this.#entry?.identifier(kind);
    if (known === undefined || !(known.is(name, value) || known.become(name, value, this.#key))) {
      return this.#lists.identifierFlags(kind, name, value, nowSeconds, keys);
    }
    return known.flags(this.#lists, this.#generation, nowSeconds, keys);
  }

  learnedUserFlags(request: RequestView, nowSeconds: number): number {
    return this.#learned?.flags(request, this.#lists, nowSeconds) ?? 0;
  }

  #tokenFlags(token: string, nowSeconds: number, keys: Int32Array): number {
    const entry = this.#tokens.entry(token);
    this.#entry = entry;
    const known = entry.identifier(TOKEN);
    if (!entry.hasKey) {
      known.takeKey("", entry.token, this.#key);
      entry.hasKey = true;
    }
    const flags = known.flags(this.#lists, this.#generation, nowSeconds, keys);
    return entry.twin === "" ? flags : flags | this.#twinFlags(entry, nowSeconds);
  }

  /** Whoever is denied by one spelling of a token is denied by the other. */
  #twinFlags(entry: TokenEntry, nowSeconds: number): number {
    const known = entry.twinIdentifier;
    if (!known.is("", entry.twin)) known.take("", entry.twin, this.#key);
    return known.flags(this.#lists, this.#generation, nowSeconds, this.#twinKeys);
  }
}
