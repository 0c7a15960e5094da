import type { EntryCells } from "./entry-cells.ts";
import { FLAG_MASK, OPERATOR_MASK } from "./list-flags.ts";
import { CONTROL, DIRECTORY_SIZE, RANGES_KIND } from "./list-layout.ts";
import { NETWORK_PREFIX, prefixOf } from "./slot-state.ts";

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

  /** The id of the table in force for a place of the directory. */
  tableId(place: number): number {
    return Atomics.load(this.words, CONTROL.directory + place);
  }

  setTableId(place: number, id: number): void {
    Atomics.store(this.words, CONTROL.directory + place, id);
  }

  /** The first place behind `place` whose table is another. */
  endOfTable(place: number): number {
    const id = this.tableId(place);
    let end = place + 1;
    while (end < DIRECTORY_SIZE && this.tableId(end) === id) end++;
    return end;
  }

  /** The id of the tree of ranges in force. */
  rangesId(): number {
    return Atomics.load(this.words, CONTROL.rangesId);
  }

  setRangesId(id: number): void {
    Atomics.store(this.words, CONTROL.rangesId, id);
  }

  /** An id that no part had: one posted by a grower that died is never taken for a later one. */
  takePartId(): number {
    return Atomics.add(this.words, CONTROL.lastPartId, 1) + 1;
  }

  /** Whether a range stands in the tree. */
  hasRanges(): boolean {
    return Atomics.load(this.words, CONTROL.ranges) > 0;
  }

  /** Whether an IPv6 network of 64 bits stands in the tables. */
  hasNetworks(): boolean {
    return Atomics.load(this.words, CONTROL.networks) > 0;
  }

  /** Cells that hold a key, listed or not any more. */
  used(): number {
    return Atomics.load(this.words, CONTROL.used);
  }

  /** Entries with a flag, those expired and not yet purged included. */
  live(): number {
    return Atomics.load(this.words, CONTROL.live);
  }

  /** Parts that ask to be built anew. */
  due(): number {
    return Atomics.load(this.words, CONTROL.due);
  }

  /** Entries that carry the one bit `flag`. */
  count(flag: number): number {
    return Atomics.load(this.words, CONTROL.flagCounts + 31 - Math.clz32(flag));
  }

  /** The most entries that the lists hold. */
  maxEntries(): number {
    return Atomics.load(this.words, CONTROL.maxEntries);
  }

  /**
   * Whether an entry with this flag may be added. What an attacker can make the enforcer add stops one
   * in 32 short of what an operator may add.
   */
  hasRoomFor(flag: number): boolean {
    const max = this.maxEntries();
    const limit = (flag & OPERATOR_MASK) === 0 ? max - Math.ceil(max / 32) : max;
    return this.live() < limit;
  }

  /**
   * Counts one cell's change from one state to another. Called before the state is stored: readers
   * look at ranges and networks only where there are any.
   */
  account(kind: number, before: number, after: number): void {
    accountIn(this.words, kind, before, after);
  }

  /** Counts an entry that is about to be inserted. */
  accountNew(part: EntryCells, state: number): void {
    this.account(part.kind, state & ~FLAG_MASK, state);
  }

  /** Counts the cells that it has taken: a range may take two. */
  accountUsed(cells: number): void {
    addTo(this.words, CONTROL.used, cells);
  }

  /** Gives a cell other flags and leaves its expiry. */
  setFlags(part: EntryCells, base: number, flags: number): void {
    const state = part.stateAt(base);
    this.account(part.kind, state, (state & ~FLAG_MASK) | (flags & FLAG_MASK));
    part.setFlags(base, flags & FLAG_MASK);
    this.noteDue(part);
  }

  /** Notes whether a part asks to be built anew, after a change of it. */
  noteDue(part: EntryCells): void {
    addTo(this.words, CONTROL.due, part.markDue());
  }

  /** Counts everything in a part: `step` is 1 when it comes into force, -1 when it goes. */
  countPart(part: EntryCells, step: 1 | -1): void {
    if (step === 1) part.markDue();
    countPartIn(this.words, part, step);
  }

  /** Counts all parts afresh: after a writer died. */
  recount(parts: readonly EntryCells[]): void {
    const fresh = new Int32Array(CONTROL.words);
    for (const part of parts) {
      part.markDue();
      countPartIn(fresh, part, 1);
    }
    const counts = [CONTROL.ranges, CONTROL.networks, CONTROL.used, CONTROL.live, CONTROL.due];
    for (const at of counts) this.#copyWord(fresh, at);
    for (let at: number = CONTROL.flagCounts; at < CONTROL.words; at++) this.#copyWord(fresh, at);
  }

  #copyWord(from: Int32Array, at: number): void {
    Atomics.store(this.words, at, from[at] ?? 0);
  }
}

// Plain writes: the lock orders them among writers, and the state stored next orders them for readers.
function accountIn(words: Int32Array, kind: number, before: number, after: number): void {
  const changed = (before ^ after) & FLAG_MASK;
  for (let left = changed; left !== 0; left &= left - 1) {
    const bit = 31 - Math.clz32(left & -left);
    addTo(words, CONTROL.flagCounts + bit, ((after >>> bit) & 1) === 1 ? 1 : -1);
  }
  const lived = (before & FLAG_MASK) === 0 ? 0 : 1;
  const lives = (after & FLAG_MASK) === 0 ? 0 : 1;
  if (lived === lives) return;
  addTo(words, CONTROL.live, lives - lived);
  if (kind === RANGES_KIND) addTo(words, CONTROL.ranges, lives - lived);
  else if (prefixOf(after) === NETWORK_PREFIX) addTo(words, CONTROL.networks, lives - lived);
}

function countPartIn(words: Int32Array, part: EntryCells, step: 1 | -1): void {
  for (let cell = 0; cell < part.cells; cell++) {
    const state = part.stateAt(part.baseOf(cell));
    if ((state & FLAG_MASK) === 0) continue;
    const unlisted = state & ~FLAG_MASK;
    if (step === 1) accountIn(words, part.kind, unlisted, state);
    else accountIn(words, part.kind, state, unlisted);
  }
  addTo(words, CONTROL.used, step * part.used());
  if (part.isDue()) addTo(words, CONTROL.due, step);
}

function addTo(words: Int32Array, at: number, step: number): void {
  words[at] = (words[at] ?? 0) + step;
}
