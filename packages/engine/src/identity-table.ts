import { KEY_WORDS } from "@portcullis/core";

/** A power of two. */
const SLOTS = 65_536;
/** Places that one identity may be in. */
const PROBES = 8;
/** A version, odd while the slot is written; the second from which on it is free; the key; what is kept of it. */
const UNTIL = 1;
const KEY = 2;
const KEPT = KEY + KEY_WORDS;

/** A cache line of its own. */
const HEADER_WORDS = 16;
/** In the header: 1 once anything has been remembered. */
const USED = 0;

const NONE = -1;
const NOTHING = new Int32Array(0);

/**
 * Identities by their keyed hashes, each for a time and with a few words beside it: shared by all
 * threads, of a fixed size, without locks. Where more of them are in use than a neighbourhood has
 * room for, the one that would be forgotten soonest is forgotten at once.
 */
export class IdentityTable {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #keptWords: number;
  readonly #slotWords: number;

  /** Keeps `keptWords` words of each identity. Attaches to `buffer`, or makes a new one. */
  constructor(keptWords: number, buffer?: SharedArrayBuffer) {
    this.#keptWords = keptWords;
    this.#slotWords = KEPT + keptWords;
    const words = HEADER_WORDS + SLOTS * this.#slotWords;
    this.buffer = buffer ?? new SharedArrayBuffer(words * Int32Array.BYTES_PER_ELEMENT);
    this.#words = new Int32Array(this.buffer);
  }

  /** Whether any identity was ever remembered. */
  get isUsed(): boolean {
    return Atomics.load(this.#words, USED) === 1;
  }

  /** Whether the identity whose key is `keys[offset, offset + 4)` is remembered. */
  has(keys: Int32Array, offset: number, nowSeconds: number): boolean {
    return this.#find(keys, offset, nowSeconds) !== NONE;
  }

  /** The same, and where it is, remembers it until `until` from now on. */
  refresh(keys: Int32Array, offset: number, nowSeconds: number, until: number): boolean {
    const at = this.#find(keys, offset, nowSeconds);
    if (at === NONE) return false;
    const words = this.#words;
    // A write takes the line from every other thread's cache: one a second is enough.
    if ((words[at + UNTIL] ?? 0) !== (until | 0)) Atomics.store(words, at + UNTIL, until);
    return true;
  }

  /** Writes what is kept of the identity to `out` from `outOffset` on; `false`: it is not remembered. */
  read(
    keys: Int32Array,
    offset: number,
    nowSeconds: number,
    out: Int32Array,
    outOffset: number,
  ): boolean {
    const at = this.#find(keys, offset, nowSeconds);
    if (at === NONE) return false;
    const words = this.#words;
    const version = Atomics.load(words, at);
    for (let i = 0; i < this.#keptWords; i++) out[outOffset + i] = words[at + KEPT + i] ?? 0;
    return this.#isStill(at, version, keys, offset);
  }

  /** Remembers the identity until `until`, in unix seconds, with `kept` beside it. */
  remember(
    keys: Int32Array,
    offset: number,
    nowSeconds: number,
    until: number,
    kept: Int32Array = NOTHING,
  ): void {
    if (this.#keptWords === 0 && this.refresh(keys, offset, nowSeconds, until)) return;
    const words = this.#words;
    const known = this.#find(keys, offset, nowSeconds);
    const at = known === NONE ? this.#victim(keys[offset] ?? 0) : known;
    const version = Atomics.load(words, at);
    // Somebody else writes here: this identity will be seen again.
    if ((version & 1) !== 0) return;
    if (Atomics.compareExchange(words, at, version, version + 1) !== version) return;
    for (let i = 0; i < KEY_WORDS; i++) words[at + KEY + i] = keys[offset + i] ?? 0;
    for (let i = 0; i < this.#keptWords; i++) words[at + KEPT + i] = kept[i] ?? 0;
    Atomics.store(words, at + UNTIL, until);
    Atomics.store(words, at, (version + 2) | 0);
    Atomics.store(words, USED, 1);
  }

  /** From now on the identity is not remembered. */
  forget(keys: Int32Array, offset: number, nowSeconds: number): void {
    const at = this.#find(keys, offset, nowSeconds);
    if (at !== NONE) Atomics.store(this.#words, at + UNTIL, 0);
  }

  #find(keys: Int32Array, offset: number, nowSeconds: number): number {
    const words = this.#words;
    const home = keys[offset] ?? 0;
    for (let probe = 0; probe < PROBES; probe++) {
      const at = this.#slotAt(home + probe);
      const version = Atomics.load(words, at);
      if (!this.#hasKey(at, keys, offset)) continue;
      const until = Atomics.load(words, at + UNTIL) >>> 0;
      if (until > nowSeconds && this.#isStill(at, version, keys, offset)) return at;
    }
    return NONE;
  }

  /** Under another version, what was read may be half of one identity and half of another. */
  #isStill(at: number, version: number, keys: Int32Array, offset: number): boolean {
    if ((version & 1) !== 0 || !this.#hasKey(at, keys, offset)) return false;
    return Atomics.load(this.#words, at) === version;
  }

  #hasKey(at: number, keys: Int32Array, offset: number): boolean {
    const words = this.#words;
    for (let i = 0; i < KEY_WORDS; i++) {
      if (words[at + KEY + i] !== keys[offset + i]) return false;
    }
    return true;
  }

  /** The slot of the neighbourhood that is free, or will be first. */
  #victim(home: number): number {
    let victim = this.#slotAt(home);
    for (let probe = 1; probe < PROBES; probe++) {
      const at = this.#slotAt(home + probe);
      if (this.#until(at) < this.#until(victim)) victim = at;
    }
    return victim;
  }

  #until(at: number): number {
    return Atomics.load(this.#words, at + UNTIL) >>> 0;
  }

  #slotAt(index: number): number {
    return HEADER_WORDS + (index & (SLOTS - 1)) * this.#slotWords;
  }
}
