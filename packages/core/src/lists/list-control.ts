import { FLAG_MASK } from "./list-flags.ts";
import { CONTROL, PREFIX_SET_WORDS } from "./list-layout.ts";
import type { ListTable } from "./list-table.ts";
import { prefixOf } from "./slot-state.ts";

const MAX_PREFIX = 128;

/** The control block: what the threads share besides the entries. Writing methods need the lock. */
export class ListControl {
  readonly words: Int32Array;

  constructor(buffer: SharedArrayBuffer) {
    this.words = new Int32Array(buffer);
  }

  generation(): number {
    return Atomics.load(this.words, CONTROL.generation);
  }

  bumpGeneration(): void {
    Atomics.add(this.words, CONTROL.generation, 1);
  }

  /** The id of the table in force. */
  tableId(): number {
    return Atomics.load(this.words, CONTROL.tableId);
  }

  setTableId(id: number): void {
    Atomics.store(this.words, CONTROL.tableId, id);
  }

  /** An id that no table had: one posted by a grower that died is never taken for a later one. */
  takeTableId(): number {
    return Atomics.add(this.words, CONTROL.lastTableId, 1) + 1;
  }

  /** Slots that hold a key, listed or not any more. */
  used(): number {
    return Atomics.load(this.words, CONTROL.used);
  }

  /** Slots with a flag, those expired and not yet purged included. */
  live(): number {
    return Atomics.load(this.words, CONTROL.live);
  }

  /** Entries that carry the one bit `flag`. */
  count(flag: number): number {
    return Atomics.load(this.words, CONTROL.flagCounts + 31 - Math.clz32(flag));
  }

  /** One word of the set of prefix lengths in use. */
  prefixesInUse(word: number): number {
    return Atomics.load(this.words, CONTROL.prefixes + word);
  }

  /**
   * Counts one slot's change from one state to another, 0 for never used. Called before the state is
   * stored: a range that readers can find must already be in the set of prefix lengths.
   */
  account(before: number, after: number): void {
    accountIn(this.words, before, after);
  }

  /** Counts `table` afresh: after a writer died, and when it takes the place of another. */
  recount(table: ListTable): void {
    const fresh = new Int32Array(CONTROL.words);
    for (let slot = 0; slot < table.capacity; slot++) {
      const state = table.stateAt(table.baseOf(slot));
      if (state !== 0) accountIn(fresh, 0, state);
    }
    for (let i = 0; i < PREFIX_SET_WORDS; i++) this.#copyWord(fresh, CONTROL.prefixes + i);
    for (let i = CONTROL.used; i < CONTROL.words; i++) this.#copyWord(fresh, i);
  }

  #copyWord(from: Int32Array, at: number): void {
    Atomics.store(this.words, at, from[at] ?? 0);
  }
}

// Plain writes: the lock orders them among writers, and the state stored next orders them for readers.
function accountIn(words: Int32Array, before: number, after: number): void {
  if (before === 0) addTo(words, CONTROL.used, 1);
  const changed = (before ^ after) & FLAG_MASK;
  for (let left = changed; left !== 0; left &= left - 1) {
    const bit = 31 - Math.clz32(left & -left);
    addTo(words, CONTROL.flagCounts + bit, ((after >>> bit) & 1) === 1 ? 1 : -1);
  }
  const lived = (before & FLAG_MASK) === 0 ? 0 : 1;
  const lives = (after & FLAG_MASK) === 0 ? 0 : 1;
  if (lived === lives) return;
  addTo(words, CONTROL.live, lives - lived);
  const prefix = prefixOf(after);
  if (prefix >= 0) accountPrefix(words, prefix, lives - lived);
}

function accountPrefix(words: Int32Array, prefix: number, step: number): void {
  const ranges = addTo(words, CONTROL.prefixCounts + prefix, step);
  const at = CONTROL.prefixes + (prefix >>> 5);
  const bit = 1 << (prefix & 31);
  words[at] = ranges > 0 ? (words[at] ?? 0) | bit : (words[at] ?? 0) & ~bit;
}

function addTo(words: Int32Array, at: number, step: number): number {
  const sum = (words[at] ?? 0) + step;
  words[at] = sum;
  return sum;
}

/** Whether a number is the prefix length of a 128-bit address. */
export function isPrefix(prefix: number): boolean {
  return Number.isInteger(prefix) && prefix >= 0 && prefix <= MAX_PREFIX;
}
