import { ListsArgumentError } from "./lists-error.ts";

/** The shared memory of the lists: hand both to every thread. */
export interface ListBuffers {
  /** Lock, generation, counts, and which parts are in force. Stays for the life of the installation. */
  readonly control: SharedArrayBuffer;
  /** The entries: tables, and one tree of ranges. `ClientLists.grow` replaces them one by one. */
  readonly parts: readonly SharedArrayBuffer[];
}

/** The most entries that lists can be made for: 16 million, 500 MB. */
export const MAX_ENTRIES: number = 2 ** 24;

/** The table of an entry is found by so many leading bits of its key's last word. */
const DIRECTORY_BITS = 7;
export const DIRECTORY_SIZE: number = 1 << DIRECTORY_BITS;
export const DIRECTORY_SHIFT: number = 32 - DIRECTORY_BITS;

/** Where things are in the control block, in words. What readers poll has a cache line of its own. */
export const CONTROL = {
  lock: 0,
  waiters: 1,
  generation: 16,
  /** The id of the tree of ranges in force. */
  rangesId: 17,
  /** Live ranges in the tree. */
  ranges: 18,
  /** Live IPv6 networks of 64 bits, which stand in the tables. */
  networks: 19,
  /** The ids of the tables in force, by the leading bits of a key. */
  directory: 32,
  lastPartId: 160,
  used: 161,
  live: 162,
  /** Parts that ask to be built anew. */
  due: 163,
  maxEntries: 164,
  /** Eight words: entries that carry the flag of this bit. */
  flagCounts: 168,
  words: 176,
} as const;

/** What a part is: the word behind its id. */
const TABLE_KIND = 1;
export const RANGES_KIND = 2;

/** The header of a part, in words. */
export const HEADER = {
  id: 0,
  kind: 1,
  /** Cells taken. */
  used: 2,
  /** Cells with a flag. */
  live: 3,
  /** 1 while the part asks to be built anew. */
  due: 4,
  /** The first node of the tree of ranges. */
  root: 5,
  words: 16,
} as const;

/** Words of a cell, which holds one entry: a key or an address of four, an expiry, a state. */
export const EXPIRY = 4;
export const STATE = 5;
export const SLOT_WORDS = 6;

/** A table is made of groups: a tag of one byte for each of 16 slots. The slots stand behind all tags. */
export const GROUP_SLOTS = 16;
export const GROUP_TAG_WORDS = 4;
const GROUP_WORDS = GROUP_TAG_WORDS + GROUP_SLOTS * SLOT_WORDS;

/** A node of the tree of ranges is a cell and the places of two further nodes. */
export const NODE_WORDS = 8;

/** A table is built so full, and asks for more room at 93 in 100: 25 bytes a slot are 27 to 30 an entry. */
const FILL = 0.85;
const MIN_GROUPS = 5;
/** What a change may have to wait for is the copying of one table: larger ones are split while they can be. */
const MAX_GROUPS = 2047;
/** 16 bits are spread over the groups. */
const GROUPS_LIMIT = 65_535;
const MIN_NODES = 16;

const FIRST_ID = 1;

/**
 * Allocates empty lists with room for `entries`, which `ClientLists.grow` makes larger until they hold
 * `maxEntries`.
 */
export function allocateLists(entries: number, maxEntries: number = entries): ListBuffers {
  if (!Number.isInteger(entries) || entries < 1 || entries > MAX_ENTRIES) {
    throw new ListsArgumentError("entries", `an integer from 1 to ${MAX_ENTRIES}`);
  }
  if (!Number.isInteger(maxEntries) || maxEntries < entries || maxEntries > MAX_ENTRIES) {
    throw new ListsArgumentError("maxEntries", `an integer from ${entries} to ${MAX_ENTRIES}`);
  }
  const control = new SharedArrayBuffer(CONTROL.words * Int32Array.BYTES_PER_ELEMENT);
  const words = new Int32Array(control);
  const pieces = piecesFor(entries, DIRECTORY_SIZE);
  const parts = Array.from({ length: pieces }, (_, piece) =>
    allocateTable(Math.ceil(entries / pieces), FIRST_ID + piece),
  );
  for (let at = 0; at < DIRECTORY_SIZE; at++) {
    words[CONTROL.directory + at] = FIRST_ID + pieceOf(at, DIRECTORY_SIZE, pieces);
  }
  const rangesId = FIRST_ID + pieces;
  words[CONTROL.rangesId] = rangesId;
  words[CONTROL.lastPartId] = rangesId;
  words[CONTROL.maxEntries] = maxEntries;
  return { control, parts: [...parts, allocateRanges(0, rangesId)] };
}

/** How many tables `entries` are spread over, where `width` places of the directory are theirs. */
export function piecesFor(entries: number, width: number): number {
  let pieces = 1;
  // Not by `groupsFor`: what one table cannot hold is what there are several for.
  const most = MAX_GROUPS * GROUP_SLOTS * FILL;
  while (pieces * 2 <= width && entries / pieces > most) pieces *= 2;
  return pieces;
}

/** Which of `pieces` tables a place of the directory belongs to, `at` counted from the first of `width`. */
export function pieceOf(at: number, width: number, pieces: number): number {
  return Math.floor((at * pieces) / width);
}

/** Allocates an empty table with room for `entries`; `id` tells it from every other part. */
export function allocateTable(entries: number, id: number): SharedArrayBuffer {
  return allocatePart(id, TABLE_KIND, groupsFor(entries) * GROUP_WORDS);
}

/** Allocates an empty tree with room for `ranges`. */
export function allocateRanges(ranges: number, id: number): SharedArrayBuffer {
  // A range may need a second node, where the paths of two part.
  const nodes = Math.max(MIN_NODES, Math.ceil(ranges * 2.5));
  return allocatePart(id, RANGES_KIND, nodes * NODE_WORDS);
}

function allocatePart(id: number, kind: number, words: number): SharedArrayBuffer {
  const part = new SharedArrayBuffer((HEADER.words + words) * Int32Array.BYTES_PER_ELEMENT);
  const header = new Int32Array(part, 0, HEADER.words);
  header[HEADER.id] = id;
  header[HEADER.kind] = kind;
  return part;
}

/** The groups of a table of `words` words; throws if no table has that size. */
export function groupsOf(words: number): number {
  return wholeOf(words, GROUP_WORDS, MIN_GROUPS);
}

/** The nodes of a tree of `words` words; throws if no tree has that size. */
export function nodesOf(words: number): number {
  return wholeOf(words, NODE_WORDS, MIN_NODES);
}

function wholeOf(words: number, size: number, least: number): number {
  const count = (words - HEADER.words) / size;
  if (Number.isInteger(count) && count >= least) return count;
  throw new ListsArgumentError("part", "a buffer of allocateLists");
}

/** Odd, so that every power of two as a stride leads to every group. */
function groupsFor(entries: number): number {
  const groups = Math.max(MIN_GROUPS, Math.ceil(entries / FILL / GROUP_SLOTS)) | 1;
  if (groups > GROUPS_LIMIT) throw new ListsArgumentError("entries", `fewer than ${entries}`);
  return groups;
}
