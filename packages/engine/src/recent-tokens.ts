/** The signature's tail spreads well, and comparing whole strings of one length is a memcmp. */
const TAIL = 24;
/** What an entry costs besides its token, roughly: the object, its place in the map, what came with the token. */
const ENTRY_BYTES = 768;

/**
 * Tokens seen lately with what is known of them, found by their last characters and compared whole.
 *
 * Bounded in bytes by two generations: when the young half is full, the old half is forgotten, so a
 * flood of new tokens costs a flood's worth of misses and no more memory.
 */
export class RecentTokens<Entry extends { readonly token: string }> {
  readonly #halfBytes: number;
  #young = new Map<string, Entry>();
  #old = new Map<string, Entry>();
  #youngBytes = 0;

  constructor(maxBytes: number) {
    this.#halfBytes = maxBytes / 2;
  }

  /** What is known of `token`, which is young again; `undefined`: nothing. */
  find(token: string): Entry | undefined {
    const tail = tailOf(token);
    const young = this.#young.get(tail);
    if (young !== undefined && young.token === token) return young;
    const old = this.#old.get(tail);
    if (old === undefined || old.token !== token) return undefined;
    this.#add(tail, old);
    return old;
  }

  /** Remembers `entry`, in the place of what shared its token's tail. */
  add(entry: Entry): void {
    this.#add(tailOf(entry.token), entry);
  }

  /** An entry that was asked for just now takes so much more. */
  grow(bytes: number): void {
    this.#youngBytes += bytes;
  }

  #add(tail: string, entry: Entry): void {
    if (this.#youngBytes >= this.#halfBytes) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngBytes = 0;
    }
    this.#young.set(tail, entry);
    this.#youngBytes += ENTRY_BYTES + entry.token.length;
  }
}

function tailOf(token: string): string {
  return token.length > TAIL ? token.slice(-TAIL) : token;
}
