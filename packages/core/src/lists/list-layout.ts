import { ListsArgumentError } from "./lists-error.ts";

/** The shared memory of the lists: hand both to every thread. */
export interface ListBuffers {
  /** Lock, generation, counters. Stays for the life of the installation. */
  readonly control: SharedArrayBuffer;
  /** The entries. `ClientLists.grow` replaces it. */
  readonly table: SharedArrayBuffer;
}

/** The smallest table, in slots. */
const MIN_CAPACITY = 64;

/** The largest table, in slots: 16 million, 400 MB. */
export const MAX_CAPACITY: number = 2 ** 24;

/** Where things are in the control block, in words. What readers poll has a cache line of its own. */
export const CONTROL = {
  lock: 0,
  waiters: 1,
  generation: 16,
  tableId: 17,
  /** Five words: bit p is set while a range of prefix length p is listed. */
  prefixes: 18,
  lastTableId: 32,
  used: 33,
  live: 34,
  /** Eight words: entries that carry the flag of this bit. */
  flagCounts: 36,
  /** 129 words: live ranges of this prefix length. */
  prefixCounts: 48,
  words: 192,
} as const;

/** Words of the bit set of prefix lengths 0 to 128. */
export const PREFIX_SET_WORDS = 5;

/** A table is a header, its id in the first word, and slots of six words. */
export const TABLE_HEADER_WORDS = 16;
export const SLOT_WORDS = 6;

const FIRST_TABLE_ID = 1;

/**
 * Allocates empty lists for `capacity` slots, a power of two. 25 in 32 slots take entries, 26 in 32
 * those of an operator.
 */
export function allocateLists(capacity: number): ListBuffers {
  const control = new SharedArrayBuffer(CONTROL.words * Int32Array.BYTES_PER_ELEMENT);
  const words = new Int32Array(control);
  words[CONTROL.tableId] = FIRST_TABLE_ID;
  words[CONTROL.lastTableId] = FIRST_TABLE_ID;
  return { control, table: allocateTable(capacity, FIRST_TABLE_ID) };
}

/** Allocates an empty table; `id` tells it from every other table of the same control block. */
export function allocateTable(capacity: number, id: number): SharedArrayBuffer {
  if (!isCapacity(capacity)) throw new ListsArgumentError("capacity", CAPACITY_EXPECTED);
  const words = TABLE_HEADER_WORDS + capacity * SLOT_WORDS;
  const table = new SharedArrayBuffer(words * Int32Array.BYTES_PER_ELEMENT);
  new Int32Array(table)[0] = id;
  return table;
}

/** The slots of a table of `words` words; throws if no table has that size. */
export function capacityOf(words: number): number {
  const capacity = (words - TABLE_HEADER_WORDS) / SLOT_WORDS;
  if (!isCapacity(capacity)) throw new ListsArgumentError("table", "a buffer of allocateLists");
  return capacity;
}

const CAPACITY_EXPECTED = `a power of two from ${MIN_CAPACITY} to ${MAX_CAPACITY}`;

function isCapacity(capacity: number): boolean {
  return (
    Number.isInteger(capacity) &&
    capacity >= MIN_CAPACITY &&
    capacity <= MAX_CAPACITY &&
    (capacity & (capacity - 1)) === 0
  );
}
