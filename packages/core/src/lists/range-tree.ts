import type { AddressWords } from "../identity/ip-address.ts";
import { EntryCells } from "./entry-cells.ts";
import { DENY_MASK, FLAG_MASK } from "./list-flags.ts";
import { EXPIRY, HEADER, NODE_WORDS, nodesOf, STATE } from "./list-layout.ts";
import { liveFlags, newEntryState, NEVER, prefixOf, successor } from "./slot-state.ts";

const ADDRESS_WORDS = 4;
/** Two words behind the cell: the nodes whose next bit is 0 and 1. */
const CHILD = 6;

/** An addition may take two nodes, so the tree asks for more room early; small ones at the half. */
const CROWDED = 0.75;

/** `locate` found no node for the range. */
export const NO_NODE = -1;

/**
 * The ranges of addresses in shared memory, as one thread sees them: a binary tree by the bits of
 * the network, in which a path without a branch is one step.
 *
 * A look-up goes down one path and meets every range that holds the address: one step for each of
 * them and for each branch in between, 127 at the most. A node is written whole before the one place
 * that leads to it is, and stays until the tree is built anew: so a reader without a lock never sees
 * half of one. Whole addresses do not stand here.
 */
export class RangeTree extends EntryCells {
  readonly cells: number;

  constructor(buffer: SharedArrayBuffer) {
    super(buffer);
    this.cells = nodesOf(this.words.length);
  }

  /** The union of the flags of every range that holds `address`; sets `validUntil`. */
  lookUp(address: AddressWords, nowSeconds: number): number {
    const { words } = this;
    let flags = 0;
    let until = NEVER;
    let base = words[HEADER.root] ?? 0;
    while (base !== 0) {
      const prefix = prefixOf(words[base + STATE] ?? 0);
      if (!isWithin(words, base, prefix, address)) break;
      flags |= this.flagsAt(base, nowSeconds);
      if (this.validUntil < until) until = this.validUntil;
      base = words[base + CHILD + bitOf(address, prefix)] ?? 0;
    }
    this.validUntil = until;
    return flags;
  }

  /** The node of the range `address/prefix`, or `NO_NODE`. */
  locate(address: AddressWords, prefix: number): number {
    const { words } = this;
    let base = words[HEADER.root] ?? 0;
    while (base !== 0) {
      const own = prefixOf(words[base + STATE] ?? 0);
      if (own > prefix || !isWithin(words, base, own, address)) return NO_NODE;
      if (own === prefix) return base;
      base = words[base + CHILD + bitOf(address, own)] ?? 0;
    }
    return NO_NODE;
  }

  /** Whether a further range can be inserted. */
  isOpen(): boolean {
    return this.used() + 2 <= this.cells;
  }

  /** Whether `more` ranges can be inserted before the tree asks to be built anew. */
  hasRoomFor(more: number): boolean {
    return this.used() + 2 * more < this.cells * CROWDED;
  }

  /** Inserts a range that has no node, where there is room; readers see all of it or nothing. */
  insert(address: AddressWords, expiry: number, state: number): void {
    const { words } = this;
    const prefix = prefixOf(state);
    let place: number = HEADER.root;
    let below = words[place] ?? 0;
    let shared = below === 0 ? 0 : sharedBits(words, below, address, prefix);
    while (below !== 0 && shared === prefixOf(words[below + STATE] ?? 0)) {
      place = below + CHILD + bitOf(address, shared);
      below = words[place] ?? 0;
      shared = below === 0 ? 0 : sharedBits(words, below, address, prefix);
    }
    const node = this.#addNode(address, expiry, state);
    if (below === 0) {
      Atomics.store(words, place, node);
    } else if (shared === prefix) {
      words[node + CHILD + bitOf(words.subarray(below), prefix)] = below;
      Atomics.store(words, place, node);
    } else {
      const branch = this.#addNode(address, 0, newEntryState(shared));
      const bit = bitOf(address, shared);
      words[branch + CHILD + bit] = node;
      words[branch + CHILD + 1 - bit] = below;
      Atomics.store(words, place, branch);
    }
  }

  /** Writes a node that nothing leads to yet. */
  #addNode(address: AddressWords, expiry: number, state: number): number {
    const { words } = this;
    const base = this.baseOf(this.used());
    const prefix = prefixOf(state);
    for (let i = 0; i < ADDRESS_WORDS; i++) {
      words[base + i] = (address[i] ?? 0) & prefixMask(prefix - i * 32);
    }
    // What a writer that died left here led nowhere.
    words[base + CHILD] = 0;
    words[base + CHILD + 1] = 0;
    Atomics.store(words, base + EXPIRY, expiry);
    Atomics.store(words, base + STATE, state);
    this.countNew(state);
    return base;
  }

  baseOf(node: number): number {
    return HEADER.words + node * NODE_WORDS;
  }

  /** Copies what is live at `nowSeconds` into an empty tree with room for it, not yet published. */
  copyInto(target: RangeTree, nowSeconds: number): void {
    const address = new Uint32Array(ADDRESS_WORDS);
    for (let node = 0; node < this.used(); node++) {
      const base = this.baseOf(node);
      const state = this.stateAt(base);
      const expiry = this.expiryAt(base);
      const flags = liveFlags(state, expiry, nowSeconds);
      if (flags === 0) continue;
      for (let i = 0; i < ADDRESS_WORDS; i++) address[i] = this.words[base + i] ?? 0;
      const kept = (flags & DENY_MASK) === 0 ? 0 : expiry;
      const copied = successor(state, flags);
      const known = target.locate(address, prefixOf(state));
      if (known === NO_NODE) target.insert(address, kept, copied);
      else target.setFlagsAndExpiry(known, 0, copied & FLAG_MASK, kept);
    }
  }

  protected isCrowded(): boolean {
    const used = this.used();
    // Branches have no flags: of a tree without removed ranges, less than half.
    return used >= this.cells * CROWDED || (used > this.cells / 4 && used > this.live() * 4);
  }

  protected mend(node: number): boolean {
    const base = this.baseOf(node);
    const address = Uint32Array.from(this.words.subarray(base, base + ADDRESS_WORDS));
    const isLinked = this.locate(address, prefixOf(this.stateAt(base))) === base;
    if (!isLinked) this.setFlags(base, 0);
    return true;
  }
}

/** Whether an address is a member of the range that stands at `base`. */
function isWithin(words: Int32Array, base: number, prefix: number, address: AddressWords): boolean {
  for (let i = 0; i * 32 < prefix; i++) {
    const unlike = (words[base + i] ?? 0) ^ (address[i] ?? 0);
    if ((unlike & prefixMask(prefix - i * 32)) !== 0) return false;
  }
  return true;
}

/** How many leading bits the range at `base` and `address/prefix` have in common. */
function sharedBits(
  words: Int32Array,
  base: number,
  address: AddressWords,
  prefix: number,
): number {
  const longest = Math.min(prefix, prefixOf(words[base + STATE] ?? 0));
  for (let i = 0; i * 32 < longest; i++) {
    const unlike = (words[base + i] ?? 0) ^ (address[i] ?? 0);
    if (unlike !== 0) return Math.min(longest, i * 32 + Math.clz32(unlike));
  }
  return longest;
}

/** One bit of an address, counted from the left. */
function bitOf(address: ArrayLike<number>, bit: number): number {
  return ((address[bit >>> 5] ?? 0) >>> (31 - (bit & 31))) & 1;
}

function prefixMask(bits: number): number {
  if (bits >= 32) return -1;
  return bits <= 0 ? 0 : -1 << (32 - bits);
}
