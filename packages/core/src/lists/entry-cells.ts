import { DENY_MASK, FLAG_MASK } from "./list-flags.ts";
import { EXPIRY, HEADER, STATE } from "./list-layout.ts";
import { EXPIRY_CHANGING, liveFlags, NEVER, successor } from "./slot-state.ts";

/** Each re-read means that a writer changed this very cell between two loads. */
const MAX_READS = 1000;

/**
 * The entries of one part of the lists in shared memory, as one thread sees them. Reading needs no
 * lock; every method that writes needs it held.
 *
 * What a cell stands for is written once, before it can be found, and never changes in this part: so
 * a reader that finds a cell sees the whole of it.
 */
export abstract class EntryCells {
  readonly buffer: SharedArrayBuffer;
  readonly words: Int32Array;
  readonly id: number;
  readonly kind: number;
  /** When the answer of the last look-up ends, in unix seconds; `NEVER` if nothing ends it. */
  validUntil: number = NEVER;

  /** Cells that there is room for. */
  abstract readonly cells: number;

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.words = new Int32Array(buffer);
    this.id = this.words[HEADER.id] ?? 0;
    this.kind = this.words[HEADER.kind] ?? 0;
  }

  /** The index of the first word of a cell. */
  abstract baseOf(cell: number): number;

  /** Whether so many cells are taken, or so many of them in vain, that the part should be built anew. */
  protected abstract isCrowded(): boolean;

  /** Undoes what a writer left in a cell that nobody can find; false if the cell is free again. */
  protected abstract mend(cell: number): boolean;

  /** The flags of a cell that hold at `nowSeconds`; sets `validUntil`. */
  protected flagsAt(base: number, nowSeconds: number): number {
    const { words } = this;
    this.validUntil = NEVER;
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

  /** The state word of a cell, for whoever holds the lock. */
  stateAt(base: number): number {
    return this.words[base + STATE] ?? 0;
  }

  /** The expiry of a cell, for whoever holds the lock. */
  expiryAt(base: number): number {
    return (this.words[base + EXPIRY] ?? 0) >>> 0;
  }

  /** Gives a cell other flags and leaves its expiry. */
  setFlags(base: number, flags: number): void {
    const before = this.stateAt(base);
    Atomics.store(this.words, base + STATE, successor(before, flags));
    this.#countLive(before, flags);
  }

  /** Gives a cell other flags and another expiry; until that is done readers see `kept`. */
  setFlagsAndExpiry(base: number, kept: number, flags: number, expiry: number): void {
    const meanwhile = (kept & DENY_MASK) === 0 ? kept : kept | EXPIRY_CHANGING;
    this.setFlags(base, meanwhile);
    Atomics.store(this.words, base + EXPIRY, expiry);
    this.setFlags(base, flags);
  }

  /** Cells taken, by entries and by what is left of them. */
  used(): number {
    return this.words[HEADER.used] ?? 0;
  }

  /** Cells with a flag, those expired and not yet purged included. */
  live(): number {
    return this.words[HEADER.live] ?? 0;
  }

  /** Whether the part asks to be built anew, as `markDue` has noted it. */
  isDue(): boolean {
    return this.words[HEADER.due] === 1;
  }

  /** Notes whether the part asks to be built anew; returns what that adds to the number of those. */
  markDue(): number {
    const before = this.words[HEADER.due] ?? 0;
    const due = this.isCrowded() ? 1 : 0;
    this.words[HEADER.due] = due;
    return due - before;
  }

  /** One more cell is taken, by an entry with `flags`. */
  protected countNew(flags: number): void {
    this.words[HEADER.used] = this.used() + 1;
    if ((flags & FLAG_MASK) !== 0) this.words[HEADER.live] = this.live() + 1;
  }

  #countLive(before: number, flags: number): void {
    const lived = (before & FLAG_MASK) === 0 ? 0 : 1;
    const lives = (flags & FLAG_MASK) === 0 ? 0 : 1;
    if (lived !== lives) this.words[HEADER.live] = this.live() + lives - lived;
  }

  /** Puts every cell that a writer left half-changed into the state that it was changing from, and counts afresh. */
  repair(): void {
    let used = 0;
    let live = 0;
    for (let cell = 0; cell < this.cells; cell++) {
      const base = this.baseOf(cell);
      if (this.stateAt(base) === 0 || !this.mend(cell)) continue;
      const state = this.stateAt(base);
      if ((state & EXPIRY_CHANGING) !== 0) this.setFlags(base, state & FLAG_MASK);
      used++;
      if ((state & FLAG_MASK) !== 0) live++;
    }
    this.words[HEADER.used] = used;
    this.words[HEADER.live] = live;
  }
}
