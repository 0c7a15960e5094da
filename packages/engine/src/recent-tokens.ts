import type { TokenEntry } from "./token-cache.ts";

/** The signature's tail spreads well, and comparing whole strings of one length is a memcmp. */
const TAIL = 12;
const SMALL_INTEGER = 0x3fff_ffff;

/**
 * Tokens seen lately with what is known of them, found by their last characters and compared whole.
 *
 * Bounded in bytes by two generations: when the young half is full, the old half is forgotten, so a
 * flood of new tokens costs a flood's worth of misses and no more memory.
 */
export class RecentTokens {
  readonly #halfBytes: number;
  #young = new Map<number, TokenEntry>();
  #old = new Map<number, TokenEntry>();
  #youngBytes = 0;

  constructor(maxBytes: number) {
    this.#halfBytes = maxBytes / 2;
  }

  /** What is known of `token`, which is young again; `undefined`: nothing. */
  find(token: string): TokenEntry | undefined {
    const tail = tailOf(token);
    const young = this.#young.get(tail);
    if (young !== undefined && young.token === token) return young;
    const old = this.#old.get(tail);
    if (old === undefined || old.token !== token) return undefined;
    this.#add(tail, old);
    return old;
  }

  /** The same by the Authorization field that has shown it before: its credentials are the field's end. */
  findShownBy(authorization: string, schemes: readonly string[]): TokenEntry | undefined {
    const tail = tailOf(authorization);
    const young = this.#young.get(tail);
    if (young?.shown.schemeIn(authorization, schemes) !== undefined) return young;
    const old = this.#old.get(tail);
    if (old?.shown.schemeIn(authorization, schemes) === undefined) return undefined;
    this.#add(tail, old);
    return old;
  }

  /** Remembers `entry`, in the place of what shared its token's tail. */
  add(entry: TokenEntry): void {
    this.#add(tailOf(entry.token), entry);
  }

  /** An entry that was asked for just now takes so much more. */
  grow(bytes: number): void {
    this.#youngBytes += bytes;
  }

  #add(tail: number, entry: TokenEntry): void {
    if (this.#youngBytes >= this.#halfBytes) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngBytes = 0;
    }
    this.#young.set(tail, entry);
    this.#youngBytes += entry.bytes;
  }
}

/** A number, because a text would have to be cut out of the token and hashed for each look-up. */
function tailOf(token: string): number {
  let tail = 0;
  for (let i = Math.max(0, token.length - TAIL); i < token.length; i++) {
    tail = (Math.imul(tail, 31) + token.charCodeAt(i)) | 0;
  }
  return tail & SMALL_INTEGER;
}
