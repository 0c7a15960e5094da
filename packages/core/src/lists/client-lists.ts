import type { AddressWords } from "../identity/ip-address.ts";
import { checkEntry, checkPrefix } from "./check-entry.ts";
import type { EntryCells } from "./entry-cells.ts";
import { HASH_WORDS, hashAddress, type HashKey, hashIdentifier } from "./keyed-hash.ts";
import { ListControl } from "./list-control.ts";
import { DENY_MASK, FLAG_MASK } from "./list-flags.ts";
import { ListGrowth, type PublishPart } from "./list-growth.ts";
import type { ListBuffers } from "./list-layout.ts";
import { ListLock } from "./list-lock.ts";
import { ListParts } from "./list-parts.ts";
import { type FlagsToTake, ListSweep } from "./list-sweep.ts";
import { NO_ROOM } from "./list-table.ts";
import { ListsArgumentError, ListsLockedError } from "./lists-error.ts";
import { NO_NODE } from "./range-tree.ts";
import {
  isExpired,
  liveFlags,
  mergeExpiry,
  NETWORK_PREFIX,
  NEVER,
  newEntryState,
} from "./slot-state.ts";

/** What became of an entry. `busy`: another writer kept the lock; hand the entry to the main thread. */
export type ListAddition = "added" | "present" | "full" | "busy";

/** What a thread needs to take part in the lists. */
export interface ClientListsOptions {
  readonly key: HashKey;
  readonly buffers: ListBuffers;
  /** Not zero, and no other live thread's: `breakLock` names a dead writer by it. */
  readonly writerId: number;
  /**
   * The next part that was posted to this thread, each once and in order; `undefined` if there is
   * none. Must not wait: what `grow` publishes is posted before any thread asks for it. Not needed
   * where no other thread grows the lists.
   */
  readonly replaced?: () => SharedArrayBuffer | undefined;
  /** How long a change waits for the lock, in milliseconds: 250 unless given. */
  readonly patienceMs?: number;
}

const DEFAULT_PATIENCE_MS = 250;
// Even at a million changes a second half of all reads are stable.
const MAX_UNSTABLE_READS = 64;
const WHOLE_ADDRESS = 128;
const NO_RANGE = -1;

/**
 * The allow and deny lists, shared by all threads; one instance a thread, over the same buffers.
 *
 * Reading takes no lock and never waits. A cached answer holds while `generation()` is what it was
 * before the look-up and the clock is before `validUntil`: so read the generation first.
 *
 * An entry has one expiry for all its deny sources: the latest given, 0 (never) being the latest of
 * all. An allow entry has none; it stays until it is removed.
 */
export class ClientLists {
  /** When the last answer ends without any change, in unix seconds; 2^32 - 1 if never. */
  validUntil: number = NEVER;
  readonly #key: HashKey;
  readonly #buffers: ListBuffers;
  readonly #control: ListControl;
  readonly #lock: ListLock;
  readonly #parts: ListParts;
  readonly #growth: ListGrowth;
  readonly #sweep: ListSweep;
  readonly #network: Int32Array = new Int32Array(HASH_WORDS);

  constructor(options: ClientListsOptions) {
    const { buffers, patienceMs, replaced, writerId } = options;
    if (writerId === 0 || writerId !== (writerId | 0)) {
      throw new ListsArgumentError("writerId", "a 32-bit integer other than 0");
    }
    this.#key = options.key;
    this.#buffers = buffers;
    this.#control = new ListControl(buffers.control);
    this.#lock = new ListLock(this.#control.words, writerId, patienceMs ?? DEFAULT_PATIENCE_MS);
    this.#parts = new ListParts(this.#control, buffers.parts, replaced ?? (() => undefined));
    this.#growth = new ListGrowth(this.#control, this.#lock, this.#parts);
    this.#sweep = new ListSweep(this.#control, this.#lock, this.#parts);
  }

  /** Changes with every change of the lists, on whatever thread. */
  generation(): number {
    return this.#control.generation();
  }

  /** The flags of a hashed identifier, 0 if it is not listed. Sets `validUntil`. */
  flagsOf(keys: Int32Array, offset: number, nowSeconds: number): number {
    const table = this.#parts.tableOf(keys, offset);
    const flags = table.lookUp(keys, offset, nowSeconds);
    this.validUntil = table.validUntil;
    return flags;
  }

  /**
   * Hashes one identifier into `keys[kind * 4, kind * 4 + 4)` and returns its flags, as `flagsOf`.
   *
   * `kind` counts as in `IDENTIFIER_KINDS`; the key in `keys` is what `add` takes.
   */
  identifierFlags(
    kind: number,
    name: string,
    value: string,
    nowSeconds: number,
    keys: Int32Array,
  ): number {
    hashIdentifier(this.#key, kind, name, value, keys, kind * HASH_WORDS);
    return this.flagsOf(keys, kind * HASH_WORDS, nowSeconds);
  }

  /**
   * The union of the flags of a 128-bit address and of every range that holds it. Sets `validUntil`.
   *
   * Costs one look-up, another for an IPv6 address while networks of 64 bits are listed, and one way
   * down the tree of ranges while there are any.
   */
  addressFlags(address: AddressWords, nowSeconds: number): number {
    for (let read = 1; ; read++) {
      const generation = this.#control.generation();
      let flags = this.#tableFlags(address, WHOLE_ADDRESS, nowSeconds);
      let until = this.validUntil;
      const isInNetworks = isNetwork(address, NETWORK_PREFIX) && this.#control.hasNetworks();
      if (isInNetworks) {
        flags |= this.#tableFlags(address, NETWORK_PREFIX, nowSeconds);
        until = Math.min(until, this.validUntil);
      }
      const isInRanges = this.#control.hasRanges();
      if (isInRanges) {
        const ranges = this.#parts.ranges();
        flags |= ranges.lookUp(address, nowSeconds);
        until = Math.min(until, ranges.validUntil);
      }
      this.validUntil = until;
      // Else a move from one range to another could hide an address that was in one or the other all along.
      if (read === MAX_UNSTABLE_READS || this.#control.generation() === generation) return flags;
    }
  }

  #tableFlags(address: AddressWords, prefix: number, nowSeconds: number): number {
    hashAddress(this.#key, address, prefix, this.#network, 0);
    return this.flagsOf(this.#network, 0, nowSeconds);
  }

  /**
   * Lists a hashed identifier under one or more flags; `expiry` in unix seconds, 0 for never.
   *
   * `present` if it had these flags already (a later expiry is taken all the same). `full` where the
   * lists hold as many as they may, one in 32 fewer for what no operator listed, or where the table has
   * to grow before. What expired before `nowSeconds` does not come back.
   */
  add(
    keys: Int32Array,
    offset: number,
    flag: number,
    expiry: number,
    nowSeconds: number,
  ): ListAddition {
    checkEntry(flag, expiry);
    return this.#addKey(keys, offset, NO_RANGE, flag, expiry, nowSeconds);
  }

  /** Lists the range `address/prefix`, as `add` does. A prefix of 128 is one address. */
  addAddress(
    address: AddressWords,
    prefix: number,
    flag: number,
    expiry: number,
    nowSeconds: number,
  ): ListAddition {
    checkEntry(flag, expiry);
    checkPrefix(prefix);
    if (isInTables(address, prefix)) {
      hashAddress(this.#key, address, prefix, this.#network, 0);
      return this.#addKey(this.#network, 0, prefix, flag, expiry, nowSeconds);
    }
    return this.#addRange(address, prefix, flag, expiry, nowSeconds);
  }

  #addKey(
    keys: Int32Array,
    offset: number,
    prefix: number,
    flag: number,
    expiry: number,
    nowSeconds: number,
  ): ListAddition {
    if (!this.#lock.acquire()) return "busy";
    try {
      const table = this.#parts.tableOf(keys, offset);
      const base = table.locate(keys, offset);
      if (base >= 0) return this.#addFlag(table, base, flag, expiry, nowSeconds);
      const isOpen = base !== NO_ROOM && table.isOpenTo(flag);
      if (!isOpen || !this.#control.hasRoomFor(flag)) return "full";
      const state = newEntryState(prefix) | flag;
      this.#control.accountNew(table, state);
      table.insert(~base, keys, offset, expiry, state);
      this.#control.accountUsed(1);
      return this.#added(table);
    } finally {
      this.#lock.release();
    }
  }

  #addRange(
    address: AddressWords,
    prefix: number,
    flag: number,
    expiry: number,
    nowSeconds: number,
  ): ListAddition {
    if (!this.#lock.acquire()) return "busy";
    try {
      const ranges = this.#parts.ranges();
      const base = ranges.locate(address, prefix);
      if (base !== NO_NODE) return this.#addFlag(ranges, base, flag, expiry, nowSeconds);
      if (!ranges.isOpen() || !this.#control.hasRoomFor(flag)) return "full";
      const state = newEntryState(prefix) | flag;
      this.#control.accountNew(ranges, state);
      const used = ranges.used();
      ranges.insert(address, expiry, state);
      this.#control.accountUsed(ranges.used() - used);
      return this.#added(ranges);
    } finally {
      this.#lock.release();
    }
  }

  #added(part: EntryCells): "added" {
    this.#control.noteDue(part);
    this.#control.bumpGeneration();
    return "added";
  }

  #addFlag(
    part: EntryCells,
    base: number,
    flag: number,
    expiry: number,
    nowSeconds: number,
  ): ListAddition {
    const state = part.stateAt(base);
    const oldExpiry = part.expiryAt(base);
    const kept = liveFlags(state, oldExpiry, nowSeconds);
    const flags = kept | flag;
    const newExpiry = mergeExpiry(kept, oldExpiry, flag, expiry);
    if (flags === (state & FLAG_MASK) && newExpiry === oldExpiry) return "present";
    if ((state & FLAG_MASK) === 0 && !this.#control.hasRoomFor(flag)) return "full";
    this.#control.account(part.kind, state, (state & ~FLAG_MASK) | flags);
    if (newExpiry === oldExpiry) part.setFlags(base, flags);
    else part.setFlagsAndExpiry(base, kept, flags, newExpiry);
    this.#added(part);
    return flags === kept ? "present" : "added";
  }

  /** Takes flags from a hashed identifier; false if it had none of them at `nowSeconds`. */
  remove(keys: Int32Array, offset: number, flags: number, nowSeconds: number): boolean {
    return this.#locked(() => {
      const table = this.#parts.tableOf(keys, offset);
      return this.#removeAt(table, table.locate(keys, offset), flags, nowSeconds);
    });
  }

  /** Takes flags from the range `address/prefix`, as `remove` does. */
  removeAddress(address: AddressWords, prefix: number, flags: number, nowSeconds: number): boolean {
    checkPrefix(prefix);
    if (isInTables(address, prefix)) {
      hashAddress(this.#key, address, prefix, this.#network, 0);
      return this.remove(this.#network, 0, flags, nowSeconds);
    }
    return this.#locked(() => {
      const ranges = this.#parts.ranges();
      return this.#removeAt(ranges, ranges.locate(address, prefix), flags, nowSeconds);
    });
  }

  /** `base` is negative where the identifier has no cell. */
  #removeAt(part: EntryCells, base: number, flags: number, nowSeconds: number): boolean {
    if (base < 0) return false;
    const state = part.stateAt(base);
    const live = liveFlags(state, part.expiryAt(base), nowSeconds);
    if ((live & flags) === 0) return false;
    this.#control.setFlags(part, base, state & ~flags);
    this.#control.bumpGeneration();
    return true;
  }

  /**
   * Takes `mask` from every entry that was there when the call began, and returns how many had it.
   *
   * Other writers get the lock in between, so stop those who add such entries first. Safe to repeat
   * after an error.
   */
  removeFlags(mask: number): number {
    return this.#sweep.run(() => mask & FLAG_MASK);
  }

  /** Takes the denials that expired by `nowSeconds` out of the counts; `grow` then frees their cells. */
  purgeExpired(nowSeconds: number): number {
    return this.#sweep.run(expiredDenials(nowSeconds));
  }

  /** The same, a part of some 30,000 entries at each step, for a thread that has other things to do. */
  purgingExpired(nowSeconds: number): Generator<number> {
    return this.#sweep.partByPart(expiredDenials(nowSeconds));
  }

  /**
   * Builds anew what asks for it: the parts that are nearly full, larger, those with much that was
   * removed, smaller; and what has no room for `room` more entries, or as many ranges.
   *
   * `publish` must post each part to every other thread before it returns; only then do they look
   * for it. If it throws, what it should have posted does not come into force. Readers go on meanwhile;
   * a writer waits for one part at the most.
   */
  grow(
    nowSeconds: number,
    publish: PublishPart,
    room: { readonly entries: number; readonly ranges: number } = NO_MORE,
  ): void {
    this.#growth.growTables(nowSeconds, publish, room.entries);
    this.#growth.growRanges(nowSeconds, publish, room.ranges);
  }

  /** Whether it is time to call `grow`. */
  needsGrowth(): boolean {
    return this.#control.due() > 0;
  }

  /** Takes up what was posted to this thread. Call it now and then where few look-ups are made. */
  refresh(): void {
    this.#parts.refresh();
  }

  /**
   * Frees the lock that the writer `owner` died with, and mends what it left half-done; false if it
   * did not hold the lock. Only for a thread that has ended: a live one would write on unlocked.
   */
  breakLock(owner: number): boolean {
    if (owner === 0 || !this.#lock.seize(owner)) return false;
    try {
      const parts = this.#parts.all();
      for (const part of parts) part.repair();
      this.#control.recount(parts);
      this.#control.bumpGeneration();
      return true;
    } finally {
      this.#lock.release();
    }
  }

  /** Entries that carry the one bit `flag`, those expired and not yet purged included. */
  count(flag: number): number {
    return this.#control.count(flag);
  }

  /** Entries on any list, those expired and not yet purged included. */
  entries(): number {
    return this.#control.live();
  }

  /** The most entries that the lists hold. */
  maxEntries(): number {
    return this.#control.maxEntries();
  }

  /** Cells of the tables and the tree. */
  cells(): number {
    return this.#parts.all().reduce((cells, part) => cells + part.cells, 0);
  }

  /** Cells whose entry was removed, or that only join two ranges. `grow` frees them. */
  vacant(): number {
    return this.#control.used() - this.#control.live();
  }

  /** What a further thread is to be started with. */
  buffers(): ListBuffers {
    return { ...this.#buffers, parts: this.#parts.all().map((part) => part.buffer) };
  }

  #locked<T>(action: () => T): T {
    if (!this.#lock.acquire()) throw new ListsLockedError(this.#lock.owner());
    try {
      return action();
    } finally {
      this.#lock.release();
    }
  }
}

const NO_MORE = { entries: 0, ranges: 0 };

function expiredDenials(nowSeconds: number): FlagsToTake {
  return (_, expiry) => (isExpired(expiry, nowSeconds) ? DENY_MASK : 0);
}

/** Whether a range stands in the tables: as one address, or one IPv6 customer's network. */
function isInTables(address: AddressWords, prefix: number): boolean {
  return prefix === WHOLE_ADDRESS || isNetwork(address, prefix);
}

/** IPv4 addresses stand in `::/64`: that one range is not one customer's. */
function isNetwork(address: AddressWords, prefix: number): boolean {
  return prefix === NETWORK_PREFIX && ((address[0] ?? 0) | (address[1] ?? 0)) !== 0;
}
