import type { AddressWords } from "../identity/ip-address.ts";
import { checkEntry, entryLimit } from "./check-entry.ts";
import { HASH_WORDS, hashAddress, type HashKey, hashIdentifier } from "./keyed-hash.ts";
import { isPrefix, ListControl } from "./list-control.ts";
import { DENY_MASK, FLAG_MASK } from "./list-flags.ts";
import { allocateTable, type ListBuffers, MAX_CAPACITY, PREFIX_SET_WORDS } from "./list-layout.ts";
import { ListLock } from "./list-lock.ts";
import { ListTable, NO_ROOM } from "./list-table.ts";
import { ListsArgumentError, ListsDetachedError, ListsLockedError } from "./lists-error.ts";
import { isExpired, liveFlags, mergeExpiry, NEVER, newEntryState } from "./slot-state.ts";

/** What became of an entry. `busy`: another writer kept the lock; hand the entry to the main thread. */
export type ListAddition = "added" | "present" | "full" | "busy";

/** What a thread needs to take part in the lists. */
export interface ClientListsOptions {
  readonly key: HashKey;
  readonly buffers: ListBuffers;
  /** Not zero, and no other live thread's: `breakLock` names a dead writer by it. */
  readonly writerId: number;
  /**
   * The next table that was posted to this thread, each once and in order; `undefined` if there is
   * none. Must not wait: what `grow` publishes is posted before any thread asks for it. Not needed
   * where no other thread grows the lists.
   */
  readonly replaced?: () => SharedArrayBuffer | undefined;
  /** How long a change waits for the lock, in milliseconds: 250 unless given. */
  readonly patienceMs?: number;
}

const DEFAULT_PATIENCE_MS = 250;
const MAX_POSTED_TABLES = 1024;
// Even at a million changes a second half of all reads are stable.
const MAX_UNSTABLE_READS = 64;
const SWEEP_SLOTS = 4096;
const MAX_SWEEP_RESTARTS = 16;

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
  readonly #control: ListControl;
  readonly #lock: ListLock;
  readonly #replaced: () => SharedArrayBuffer | undefined;
  readonly #range: Int32Array = new Int32Array(HASH_WORDS);
  #table: ListTable;

  constructor(options: ClientListsOptions) {
    const { writerId } = options;
    if (writerId === 0 || writerId !== (writerId | 0)) {
      throw new ListsArgumentError("writerId", "a 32-bit integer other than 0");
    }
    this.#key = options.key;
    this.#control = new ListControl(options.buffers.control);
    this.#lock = new ListLock(
      this.#control.words,
      writerId,
      options.patienceMs ?? DEFAULT_PATIENCE_MS,
    );
    this.#replaced = options.replaced ?? (() => undefined);
    this.#table = new ListTable(options.buffers.table);
  }

  /** Changes with every change of the lists, on whatever thread. */
  generation(): number {
    return this.#control.generation();
  }

  /** The flags of a hashed identifier, 0 if it is not listed. Sets `validUntil`. */
  flagsOf(keys: Int32Array, offset: number, nowSeconds: number): number {
    const table = this.#attached();
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
   * The union of the flags of every range that holds a 128-bit address. Sets `validUntil`.
   *
   * Costs one look-up for each prefix length in use.
   */
  addressFlags(address: AddressWords, nowSeconds: number): number {
    let flags = 0;
    for (let read = 0; read < MAX_UNSTABLE_READS; read++) {
      const generation = this.#control.generation();
      flags = this.#rangeFlags(this.#attached(), address, nowSeconds);
      // Else a move from one range to another could hide an address that was in one or the other all along.
      if (this.#control.generation() === generation) break;
    }
    return flags;
  }

  #rangeFlags(table: ListTable, address: AddressWords, nowSeconds: number): number {
    let flags = 0;
    let until = NEVER;
    for (let word = 0; word < PREFIX_SET_WORDS; word++) {
      let left = this.#control.prefixesInUse(word);
      while (left !== 0) {
        const bit = 31 - Math.clz32(left);
        left &= ~(1 << bit);
        hashAddress(this.#key, address, word * 32 + bit, this.#range, 0);
        flags |= table.lookUp(this.#range, 0, nowSeconds);
        if (table.validUntil < until) until = table.validUntil;
      }
    }
    this.validUntil = until;
    return flags;
  }

  /**
   * Lists a hashed identifier under one or more flags; `expiry` in unix seconds, 0 for never.
   *
   * `present` if it had these flags already (a later expiry is taken all the same). `full` past 25 in
   * 32 slots, 26 in 32 for an operator's flags. What expired before `nowSeconds` does not come back.
   */
  add(
    keys: Int32Array,
    offset: number,
    flag: number,
    expiry: number,
    nowSeconds: number,
  ): ListAddition {
    return this.#add(keys, offset, -1, flag, expiry, nowSeconds);
  }

  /** Lists the range `address/prefix`, as `add` does. A prefix of 128 is one address. */
  addAddress(
    address: AddressWords,
    prefix: number,
    flag: number,
    expiry: number,
    nowSeconds: number,
  ): ListAddition {
    this.#hashRange(address, prefix);
    return this.#add(this.#range, 0, prefix, flag, expiry, nowSeconds);
  }

  #add(
    keys: Int32Array,
    offset: number,
    prefix: number,
    flag: number,
    expiry: number,
    nowSeconds: number,
  ): ListAddition {
    checkEntry(flag, expiry);
    if (!this.#lock.acquire()) return "busy";
    try {
      const table = this.#attached();
      const base = table.locate(keys, offset);
      if (base >= 0) return this.#addFlag(table, base, flag, expiry, nowSeconds);
      if (base === NO_ROOM || this.used() >= entryLimit(table.capacity, flag)) return "full";
      const state = newEntryState(prefix) | flag;
      this.#control.account(0, state);
      table.insert(~base, keys, offset, expiry, state);
      this.#control.bumpGeneration();
      return "added";
    } finally {
      this.#lock.release();
    }
  }

  #addFlag(
    table: ListTable,
    base: number,
    flag: number,
    expiry: number,
    nowSeconds: number,
  ): ListAddition {
    const state = table.stateAt(base);
    const oldExpiry = table.expiryAt(base);
    const kept = liveFlags(state, oldExpiry, nowSeconds);
    const flags = kept | flag;
    const newExpiry = mergeExpiry(kept, oldExpiry, flag, expiry);
    if (flags === (state & FLAG_MASK) && newExpiry === oldExpiry) return "present";
    this.#control.account(state, (state & ~FLAG_MASK) | flags);
    if (newExpiry === oldExpiry) table.setFlags(base, flags);
    else table.setFlagsAndExpiry(base, kept, flags, newExpiry);
    this.#control.bumpGeneration();
    return flags === kept ? "present" : "added";
  }

  /** Takes flags from a hashed identifier; false if it had none of them at `nowSeconds`. */
  remove(keys: Int32Array, offset: number, flags: number, nowSeconds: number): boolean {
    this.#acquire();
    try {
      const table = this.#attached();
      const base = table.locate(keys, offset);
      if (base < 0) return false;
      const state = table.stateAt(base);
      const live = liveFlags(state, table.expiryAt(base), nowSeconds);
      if ((live & flags) === 0) return false;
      this.#control.account(state, state & ~(flags & FLAG_MASK));
      table.setFlags(base, state & FLAG_MASK & ~flags);
      this.#control.bumpGeneration();
      return true;
    } finally {
      this.#lock.release();
    }
  }

  /** Takes flags from the range `address/prefix`, as `remove` does. */
  removeAddress(address: AddressWords, prefix: number, flags: number, nowSeconds: number): boolean {
    this.#hashRange(address, prefix);
    return this.remove(this.#range, 0, flags, nowSeconds);
  }

  /**
   * Takes `mask` from every entry that was there when the call began, and returns how many had it.
   *
   * Other writers get the lock in between, so stop those who add such entries first. Safe to repeat
   * after an error.
   */
  removeFlags(mask: number): number {
    return this.#sweep(mask & FLAG_MASK, () => true);
  }

  /** Takes the denials that expired by `nowSeconds` out of the counts; `grow` then frees their slots. */
  purgeExpired(nowSeconds: number): number {
    return this.#sweep(DENY_MASK, (expiry) => isExpired(expiry, nowSeconds));
  }

  #sweep(mask: number, isDue: (expiry: number) => boolean): number {
    let table = this.#attached();
    let swept = 0;
    let restarts = 0;
    for (let from = 0; from < table.capacity;) {
      this.#acquire();
      try {
        const present = this.#attached();
        if (present !== table) {
          table = present;
          from = 0;
          restarts++;
        }
        // Who keeps replacing the table while this runs has to wait for all of it in the end.
        const slots = restarts < MAX_SWEEP_RESTARTS ? SWEEP_SLOTS : table.capacity;
        const to = Math.min(table.capacity, from + slots);
        const changed = this.#sweepSlots(table, from, to, mask, isDue);
        if (changed > 0) this.#control.bumpGeneration();
        swept += changed;
        from = to;
      } finally {
        this.#lock.release();
      }
    }
    return swept;
  }

  #sweepSlots(
    table: ListTable,
    from: number,
    to: number,
    mask: number,
    isDue: (expiry: number) => boolean,
  ): number {
    let changed = 0;
    for (let slot = from; slot < to; slot++) {
      const base = table.baseOf(slot);
      const state = table.stateAt(base);
      if ((state & mask) === 0 || !isDue(table.expiryAt(base))) continue;
      this.#control.account(state, state & ~mask);
      table.setFlags(base, state & FLAG_MASK & ~mask);
      changed++;
    }
    return changed;
  }

  /**
   * Moves what is live at `nowSeconds` to a new table and returns it: twice as large, or of the same
   * size where removed and expired entries take most of the room, or where it is as large as
   * `maxCapacity`, or as a table can be.
   *
   * `publish` must post the table to every other thread before it returns; only then do they look
   * for it. If it throws, the old table stays in force. Readers go on meanwhile; writers wait for the
   * copying, so grow early. If another thread grew the lists meanwhile, its table is returned.
   */
  grow(
    nowSeconds: number,
    publish: (table: SharedArrayBuffer) => void,
    maxCapacity: number = MAX_CAPACITY,
  ): SharedArrayBuffer {
    const old = this.#attached();
    // Counted and allocated before the lock is taken. Any count is safe, no table is ever fuller than the next.
    const isCrowded = old.countLive(nowSeconds) >= (old.capacity / 16) * 5;
    const isLarger = isCrowded && old.capacity < Math.min(maxCapacity, MAX_CAPACITY);
    const capacity = isLarger ? old.capacity * 2 : old.capacity;
    const next = new ListTable(allocateTable(capacity, this.#control.takeTableId()));
    next.touch();
    this.#acquire();
    try {
      if (this.#attached() !== old) return this.#table.buffer;
      old.copyInto(next, nowSeconds);
      publish(next.buffer);
      this.#control.setTableId(next.id);
      this.#table = next;
      this.#control.recount(next);
      return next.buffer;
    } finally {
      this.#lock.release();
    }
  }

  /**
   * Frees the lock that the writer `owner` died with, and mends what it left half-done; false if it
   * did not hold the lock. Only for a thread that has ended: a live one would write on unlocked.
   */
  breakLock(owner: number): boolean {
    if (owner === 0 || !this.#lock.seize(owner)) return false;
    try {
      const table = this.#attached();
      table.repair();
      this.#control.recount(table);
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

  /** Slots of the table. */
  capacity(): number {
    return this.#attached().capacity;
  }

  /** Slots taken, by entries and tombstones. */
  used(): number {
    return this.#control.used();
  }

  /** Slots whose entry was removed; only the same identifier, or `grow`, can use them again. */
  tombstones(): number {
    return this.#control.used() - this.#control.live();
  }

  /** Whether it is time to call `grow`: 5 in 8 slots are taken, and a new table would have more room. */
  needsGrowth(): boolean {
    const capacity = this.capacity();
    const wouldHelp = capacity < MAX_CAPACITY || this.tombstones() >= capacity / 16;
    return wouldHelp && this.used() >= (capacity / 8) * 5;
  }

  #attached(): ListTable {
    return this.#table.id === this.#control.tableId() ? this.#table : this.#attach();
  }

  #attach(): ListTable {
    for (let posted = 0; posted < MAX_POSTED_TABLES; posted++) {
      const buffer = this.#replaced();
      if (buffer === undefined) break;
      const table = new ListTable(buffer);
      // Not every table posted came into force: its grower may have died, or another came after it.
      if (table.id === this.#control.tableId()) {
        this.#table = table;
        return table;
      }
    }
    throw new ListsDetachedError();
  }

  #acquire(): void {
    if (!this.#lock.acquire()) throw new ListsLockedError(this.#lock.owner());
  }

  #hashRange(address: AddressWords, prefix: number): void {
    if (!isPrefix(prefix)) throw new ListsArgumentError("prefix", "an integer from 0 to 128");
    hashAddress(this.#key, address, prefix, this.#range, 0);
  }
}
