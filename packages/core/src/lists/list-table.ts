import { EntryCells } from "./entry-cells.ts";
import { HASH_WORDS } from "./keyed-hash.ts";
import { DENY_MASK, OPERATOR_MASK } from "./list-flags.ts";
import {
  DIRECTORY_SHIFT,
  EXPIRY,
  GROUP_SLOTS,
  GROUP_TAG_WORDS,
  groupsOf,
  HEADER,
  SLOT_WORDS,
  STATE,
} from "./list-layout.ts";
import { liveFlags, NEVER, successor } from "./slot-state.ts";

/** `locate` found neither the key nor a slot never used. */
export const NO_ROOM: number = -(2 ** 31);

const EVERY_BYTE = 0x0101_0101;
const TOP_BITS = -0x7f7f_7f80;
const TAGS = HEADER.words;

/** At 93 in 100 slots a table asks for more room; at 1 in 4 removed, to be built without them. */
const CROWDED = 0.93;
const WASTED = 0.25;
/** What comes before it has been built anew: what an attacker can cause stops short of an operator's. */
const AUTOMATIC_LIMIT = 0.96;
const OPERATOR_LIMIT = 0.98;

/**
 * One open-addressing table in shared memory, as one thread sees it.
 *
 * Each slot has a tag: one byte of its key, 0 where the slot was never used. A look-up compares the
 * 16 tags of a group, which lie side by side, and goes to a slot only where the tag is right; so an
 * identifier that is not listed costs one cache line of a small array. It ends at the first group
 * with a slot to spare: tags are given out in order and never taken back.
 */
export class ListTable extends EntryCells {
  readonly cells: number;
  readonly #groups: number;
  readonly #slots: number;
  /** Keys go on from a full group in steps of so many sizes, or full groups would attract them all. */
  readonly #strides: number;

  constructor(buffer: SharedArrayBuffer) {
    super(buffer);
    this.#groups = groupsOf(this.words.length);
    this.#slots = TAGS + this.#groups * GROUP_TAG_WORDS;
    this.cells = this.#groups * GROUP_SLOTS;
    this.#strides = 31 - Math.clz32(this.#groups);
  }

  /**
   * The slot of a key, as the index of its first word; else `~` of the group where it may be
   * inserted; else `NO_ROOM`. Any negative answer means that the key is not in the table.
   */
  locate(keys: Int32Array, offset: number): number {
    const { words } = this;
    const groups = this.#groups;
    const tags = Math.imul(tagOf(keys[offset + 2] ?? 0), EVERY_BYTE);
    const stride = 1 << spread(keys[offset + 1] ?? 0, this.#strides);
    let group = spread(keys[offset] ?? 0, groups);
    for (let probe = 0; probe < groups; probe++) {
      const at = TAGS + group * GROUP_TAG_WORDS;
      // Plain loads, the atomic ones being calls: a key that is just being written may be passed by, as
      // if this look-up had come before it; what an earlier generation listed cannot.
      for (let word = 0; word < GROUP_TAG_WORDS; word++) {
        const unlike = (words[at + word] ?? 0) ^ tags;
        // Each byte that is 0 leaves its top bit; one above it may too, and its key will differ.
        let alike = (unlike - EVERY_BYTE) & ~unlike & TOP_BITS;
        for (; alike !== 0; alike &= alike - 1) {
          const byte = (31 - Math.clz32(alike & -alike)) >>> 3;
          const base = this.#slots + (group * GROUP_SLOTS + word * 4 + byte) * SLOT_WORDS;
          if (isKeyAt(words, base, keys, offset)) return base;
        }
      }
      if ((words[at + GROUP_TAG_WORDS - 1] ?? 0) >>> 24 === 0) return ~group;
      group += stride;
      if (group >= groups) group -= groups;
    }
    return NO_ROOM;
  }

  /** The flags of a key that hold at `nowSeconds`, 0 if it is not listed; sets `validUntil`. */
  lookUp(keys: Int32Array, offset: number, nowSeconds: number): number {
    const base = this.locate(keys, offset);
    if (base >= 0) return this.flagsAt(base, nowSeconds);
    this.validUntil = NEVER;
    return 0;
  }

  /** Writes a key into a slot never used of `group`; readers see all of it or nothing. */
  insert(group: number, keys: Int32Array, offset: number, expiry: number, state: number): void {
    const { words } = this;
    const slot = this.#freeSlot(group);
    const base = this.baseOf(slot);
    for (let i = 0; i < HASH_WORDS; i++) words[base + i] = keys[offset + i] ?? 0;
    Atomics.store(words, base + EXPIRY, expiry);
    Atomics.store(words, base + STATE, state);
    const tag = tagOf(keys[offset + 2] ?? 0);
    Atomics.or(words, TAGS + (slot >>> 2), tag << ((slot & 3) * 8));
    this.countNew(state);
  }

  #freeSlot(group: number): number {
    let slot = group * GROUP_SLOTS;
    while (this.#tagAt(slot) !== 0) slot++;
    return slot;
  }

  #tagAt(slot: number): number {
    return ((this.words[TAGS + (slot >>> 2)] ?? 0) >>> ((slot & 3) * 8)) & 0xff;
  }

  baseOf(slot: number): number {
    return this.#slots + slot * SLOT_WORDS;
  }

  /**
   * Copies what is live at `nowSeconds` and whose place in the directory is in `targets` into the
   * table there, which has room for it and is not yet published.
   */
  copyInto(targets: readonly (ListTable | undefined)[], nowSeconds: number): void {
    for (let slot = 0; slot < this.cells; slot++) {
      const base = this.baseOf(slot);
      const state = this.stateAt(base);
      const expiry = this.expiryAt(base);
      const flags = liveFlags(state, expiry, nowSeconds);
      if (flags === 0) continue;
      const target = targets[placeOf(this.words, base)];
      if (target === undefined) continue;
      const kept = (flags & DENY_MASK) === 0 ? 0 : expiry;
      const found = target.locate(this.words, base);
      if (found === NO_ROOM) throw new RangeError("a table was made too small for its entries");
      const group = ~found;
      target.insert(group, this.words, base, kept, successor(state, flags));
    }
  }

  /** Whether a further key with this flag can be inserted. */
  isOpenTo(flag: number): boolean {
    const limit = (flag & OPERATOR_MASK) === 0 ? AUTOMATIC_LIMIT : OPERATOR_LIMIT;
    return this.used() < Math.floor(this.cells * limit);
  }

  /** Whether `more` keys can be inserted before the table asks to be built anew. */
  hasRoomFor(more: number): boolean {
    return this.used() + more < this.cells * CROWDED;
  }

  protected isCrowded(): boolean {
    const used = this.used();
    return used >= this.cells * CROWDED || used - this.live() > this.cells * WASTED;
  }

  protected mend(slot: number): boolean {
    if (this.#tagAt(slot) !== 0) return true;
    Atomics.store(this.words, this.baseOf(slot) + STATE, 0);
    return false;
  }
}

/** The place in the directory of the table that a key belongs in. */
export function placeOf(keys: Int32Array, offset: number): number {
  return (keys[offset + 3] ?? 0) >>> DIRECTORY_SHIFT;
}

/** A number from 0 to `count - 1`, evenly for an evenly distributed word; `count` below 2^16. */
function spread(word: number, count: number): number {
  return Math.imul(word >>> 16, count) >>> 16;
}

/** Never 0, which stands for a slot never used. */
function tagOf(word: number): number {
  const tag = word & 0xff;
  return tag === 0 ? 1 : tag;
}

function isKeyAt(words: Int32Array, base: number, keys: Int32Array, offset: number): boolean {
  return (
    words[base] === keys[offset] &&
    words[base + 1] === keys[offset + 1] &&
    words[base + 2] === keys[offset + 2] &&
    words[base + 3] === keys[offset + 3]
  );
}
