import { HASH_WORDS } from "./keyed-hash.ts";
import { DENY_MASK, FLAG_MASK } from "./list-flags.ts";
import { capacityOf, SLOT_WORDS, TABLE_HEADER_WORDS } from "./list-layout.ts";
import { EXPIRY_CHANGING, liveFlags, NEVER, successor } from "./slot-state.ts";

const EXPIRY = HASH_WORDS;
const STATE = HASH_WORDS + 1;

/** `locate` found neither the key nor a slot never used. */
export const NO_ROOM: number = -(2 ** 31);

/** Each re-read means that a writer changed this very slot between two loads. */
const MAX_READS = 1000;

/**
 * One open-addressing table in shared memory, as one thread sees it. Reading needs no lock; every
 * method that writes needs it held.
 *
 * A slot's key words are written once, before its state, and never change in this table: so a
 * reader that sees a state sees the key that goes with it.
 */
export class ListTable {
  readonly buffer: SharedArrayBuffer;
  readonly id: number;
  readonly capacity: number;
  /** When the answer of the last `lookUp` ends, in unix seconds; `NEVER` if nothing ends it. */
  validUntil: number = NEVER;
  readonly #words: Int32Array;

  constructor(buffer: SharedArrayBuffer) {
    const words = new Int32Array(buffer);
    this.buffer = buffer;
    this.capacity = capacityOf(words.length);
    this.id = words[0] ?? 0;
    this.#words = words;
  }

  /**
   * The slot of a key, as the index of its first word; else `~` of the first slot never used on its
   * way; else `NO_ROOM`. Any negative answer means that the key is not in the table.
   */
  locate(keys: Int32Array, offset: number): number {
    const words = this.#words;
    const first = keys[offset] ?? 0;
    const mask = this.capacity - 1;
    let slot = first & mask;
    for (let probe = 0; probe <= mask; probe++) {
      const base = TABLE_HEADER_WORDS + slot * SLOT_WORDS;
      // Plain loads, the atomic ones being calls: a key that is just being written may be passed by, as
      // if this look-up had come before it; what an earlier generation listed cannot.
      if (words[base + STATE] === 0) return ~base;
      if (
        words[base] === first &&
        words[base + 1] === keys[offset + 1] &&
        words[base + 2] === keys[offset + 2] &&
        words[base + 3] === keys[offset + 3]
      ) {
        return base;
      }
      slot = (slot + 1) & mask;
    }
    return NO_ROOM;
  }

  /** The flags of a key that hold at `nowSeconds`, 0 if it is not listed; sets `validUntil`. */
  lookUp(keys: Int32Array, offset: number, nowSeconds: number): number {
    this.validUntil = NEVER;
    const base = this.locate(keys, offset);
    return base < 0 ? 0 : this.#flagsAt(base, nowSeconds);
  }

  #flagsAt(base: number, nowSeconds: number): number {
    const words = this.#words;
    let state = Atomics.load(words, base + STATE);
    for (let read = 0; read < MAX_READS; read++) {
      if ((state & DENY_MASK) === 0) return state & FLAG_MASK;
      if ((state & EXPIRY_CHANGING) !== 0) break;
      const expiry = Atomics.load(words, base + EXPIRY) >>> 0;
      const again = Atomics.load(words, base + STATE);
      if (again === state) {
        const flags = liveFlags(state, expiry, nowSeconds);
        if ((flags & DENY_MASK) !== 0 && expiry !== 0) this.validUntil = expiry;
        return flags;
      }
      state = again;
    }
    // The writer found these flags live a moment ago; the answer is not to be kept for longer than that.
    this.validUntil = nowSeconds + 1;
    return state & FLAG_MASK;
  }

  /** The state word of a slot, for whoever holds the lock. */
  stateAt(base: number): number {
    return this.#words[base + STATE] ?? 0;
  }

  /** The expiry of a slot, for whoever holds the lock. */
  expiryAt(base: number): number {
    return (this.#words[base + EXPIRY] ?? 0) >>> 0;
  }

  /** Writes a key into a slot never used; readers see all of it or nothing. */
  insert(base: number, keys: Int32Array, offset: number, expiry: number, state: number): void {
    const words = this.#words;
    for (let i = 0; i < HASH_WORDS; i++) words[base + i] = keys[offset + i] ?? 0;
    Atomics.store(words, base + EXPIRY, expiry);
    Atomics.store(words, base + STATE, state);
  }

  /** Gives a slot other flags and leaves its expiry. */
  setFlags(base: number, flags: number): void {
    Atomics.store(this.#words, base + STATE, successor(this.stateAt(base), flags));
  }

  /** Gives a slot other flags and another expiry; until that is done readers see `kept`. */
  setFlagsAndExpiry(base: number, kept: number, flags: number, expiry: number): void {
    this.setFlags(base, (kept & DENY_MASK) === 0 ? kept : kept | EXPIRY_CHANGING);
    Atomics.store(this.#words, base + EXPIRY, expiry);
    this.setFlags(base, flags);
  }

  /** Has the system supply the memory of an empty table now, not while a lock is held. */
  touch(): void {
    this.#words.fill(0, TABLE_HEADER_WORDS);
  }

  /** Puts every slot that a writer left half-changed into the state that it was changing from. */
  repair(): void {
    for (let slot = 0; slot < this.capacity; slot++) {
      const base = this.baseOf(slot);
      const state = this.stateAt(base);
      if ((state & EXPIRY_CHANGING) !== 0) this.setFlags(base, state & FLAG_MASK);
    }
  }

  /** The number of entries that `copyInto` would copy. */
  countLive(nowSeconds: number): number {
    let live = 0;
    for (let slot = 0; slot < this.capacity; slot++) {
      const base = this.baseOf(slot);
      if (liveFlags(this.stateAt(base), this.expiryAt(base), nowSeconds) !== 0) live++;
    }
    return live;
  }

  /** Copies what is live at `nowSeconds` into an empty table with room for it, not yet published. */
  copyInto(target: ListTable, nowSeconds: number): void {
    for (let slot = 0; slot < this.capacity; slot++) {
      const base = this.baseOf(slot);
      const state = this.stateAt(base);
      const expiry = this.expiryAt(base);
      const flags = liveFlags(state, expiry, nowSeconds);
      if (flags === 0) continue;
      const free = ~target.locate(this.#words, base);
      for (let i = 0; i < HASH_WORDS; i++) target.#words[free + i] = this.#words[base + i] ?? 0;
      target.#words[free + EXPIRY] = (flags & DENY_MASK) === 0 ? 0 : expiry;
      target.#words[free + STATE] = successor(state, flags);
    }
  }

  /** The index of the first word of a slot. */
  baseOf(slot: number): number {
    return TABLE_HEADER_WORDS + slot * SLOT_WORDS;
  }
}
