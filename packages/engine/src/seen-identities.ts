import { KEY_WORDS } from "@portcullis/core";

/** A power of two: 1.5 MiB. */
const SLOTS = 65_536;
/** Places that one identity may be in. */
const PROBES = 8;
/** A version, odd while the slot is written; the second from which on it is free; the key. */
const SLOT_WORDS = 2 + KEY_WORDS;
const UNTIL = 1;
const KEY = 2;

const NONE = -1;

/**
 * The tokens and cookies that an upstream has taken, by their keyed hashes: shared by all threads, of
 * a fixed size, without locks. Where more of them are in use than a neighbourhood has room for, the
 * one that would be forgotten soonest is forgotten at once, and counts as never seen until the
 * upstream takes it again.
 */
export class SeenIdentities {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;

  /** Attaches to `buffer`, or makes a new one. */
  constructor(buffer?: SharedArrayBuffer) {
    this.buffer =
      buffer ?? new SharedArrayBuffer(SLOTS * SLOT_WORDS * Int32Array.BYTES_PER_ELEMENT);
    this.#words = new Int32Array(this.buffer);
  }

  /** Whether the identity whose key is `keys[offset, offset + 4)` has been seen and is not forgotten. */
  has(keys: Int32Array, offset: number, nowSeconds: number): boolean {
    return this.#find(keys, offset, nowSeconds) !== NONE;
  }

  /** The same, and where it has, remembers it until `until` from now on. */
  refresh(keys: Int32Array, offset: number, nowSeconds: number, until: number): boolean {
    const at = this.#find(keys, offset, nowSeconds);
    if (at === NONE) return false;
    const words = this.#words;
    // A write takes the line from every other thread's cache: one a second is enough.
    if ((words[at + UNTIL] ?? 0) !== (until | 0)) Atomics.store(words, at + UNTIL, until);
    return true;
  }

  /** Remembers the identity until `until`, in unix seconds. */
  remember(keys: Int32Array, offset: number, nowSeconds: number, until: number): void {
    if (this.refresh(keys, offset, nowSeconds, until)) return;
    const words = this.#words;
    const at = this.#victim(keys[offset] ?? 0);
    const version = Atomics.load(words, at);
    // Somebody else writes here: this identity will be seen again.
    if ((version & 1) !== 0) return;
    if (Atomics.compareExchange(words, at, version, version + 1) !== version) return;
    for (let i = 0; i < KEY_WORDS; i++) words[at + KEY + i] = keys[offset + i] ?? 0;
    Atomics.store(words, at + UNTIL, until);
    Atomics.store(words, at, (version + 2) | 0);
  }

  /** From now on the identity counts as never seen. */
  forget(keys: Int32Array, offset: number, nowSeconds: number): void {
    const at = this.#find(keys, offset, nowSeconds);
    if (at !== NONE) Atomics.store(this.#words, at + UNTIL, 0);
  }

  #find(keys: Int32Array, offset: number, nowSeconds: number): number {
    const words = this.#words;
    const home = keys[offset] ?? 0;
    for (let probe = 0; probe < PROBES; probe++) {
      const at = slotAt(home + probe);
      const version = Atomics.load(words, at);
      if (!this.#hasKey(at, keys, offset)) continue;
      const until = Atomics.load(words, at + UNTIL) >>> 0;
      // Another version: what was read may be half of one key and half of another.
      if ((version & 1) !== 0 || Atomics.load(words, at) !== version) continue;
      if (until > nowSeconds) return at;
    }
    return NONE;
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
    let victim = slotAt(home);
    for (let probe = 1; probe < PROBES; probe++) {
      const at = slotAt(home + probe);
      if (this.#until(at) < this.#until(victim)) victim = at;
    }
    return victim;
  }

  #until(at: number): number {
    return Atomics.load(this.#words, at + UNTIL) >>> 0;
  }
}

function slotAt(index: number): number {
  return (index & (SLOTS - 1)) * SLOT_WORDS;
}
