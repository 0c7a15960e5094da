import { setImmediate } from "node:timers/promises";

import { type ClientIdentifier, type DenySource, isExpired } from "@portcullis/core";

import { checkListEntry } from "../check-list-entry.ts";
import { StoreCorruptError } from "../errors.ts";
import type { ListEntry, ListFilter, ListKey, ListName } from "../list-entry.ts";
import { KINDS, LISTS, SOURCES } from "../numbering.ts";
import type { Lists, OnCorrupt } from "../store.ts";
import type { Counters } from "./counters.ts";
import { decodeEach, decoding } from "./decode-each.ts";
import type { EntryCodec, PreparedEntry } from "./entry-codec.ts";
import type { Environment } from "./environment.ts";
import {
  entryKey,
  identityKey,
  prefixRange,
  sequenceOfEntryKey,
  sourceOfIdentityKey,
} from "./keys.ts";
import { counterName, inOrder, type PlainRow, recordName, type StoredEntry } from "./list-rows.ts";
import type { PlainKey } from "./read-plain-key.ts";
import { SoonestExpiry } from "./soonest-expiry.ts";
import type { RowOf, RowRange, Table } from "./table.ts";

const SEQUENCE = "sequence";
const SEQUENCE_BYTES = 6;
/** Rows looked at in one turn for what has expired; to remove all of them takes some milliseconds. */
const SWEEP_ROWS = 1000;

/**
 * The lists, in two tables: entries by (list, source, sequence), which is insertion order, and
 * sequences by (list, identity, source), so that nothing is ever looked for by going through all.
 */
export class LmdbLists implements Lists {
  readonly #environment: Environment;
  readonly #entries: Table;
  readonly #identities: Table;
  readonly #counters: Counters;
  readonly #codec: EntryCodec;
  readonly #soonest = new SoonestExpiry();
  readonly #scan: (range: RowRange) => Generator<RowOf<number, PlainKey | undefined>>;

  constructor(environment: Environment, counters: Counters, codec: EntryCodec) {
    this.#environment = environment;
    this.#entries = environment.table("list-entries");
    this.#identities = environment.table("list-identities");
    this.#counters = counters;
    this.#codec = codec;
    this.#scan = this.#entries.scanner({
      readKey: sequenceOfEntryKey,
      readValue: (bytes, length) => codec.readPlainKey(bytes, length),
    });
  }

  async put(entries: readonly ListEntry[]): Promise<number> {
    entries.forEach(checkListEntry);
    const prepared = entries.map((entry) => this.#codec.prepare(entry));
    const added = await this.#environment.commit(() => this.#putAll(prepared));
    // Not before: a search that begins meanwhile would not see them, and forget what it was told.
    for (const { expiresAt } of entries) this.#soonest.note(expiresAt);
    return added;
  }

  #putAll(prepared: readonly PreparedEntry[]): number {
    const added = new Map<string, number>();
    const first = this.#counters.get(SEQUENCE) + 1;
    let next = first;
    for (const { list, source, identityKey: key, value } of prepared) {
      const known = this.#identities.get(key);
      const sequence = known?.readUIntBE(0, SEQUENCE_BYTES) ?? next++;
      this.#entries.put(entryKey(list, source, sequence), value);
      if (known !== undefined) continue;
      const bytes = Buffer.alloc(SEQUENCE_BYTES);
      bytes.writeUIntBE(sequence, 0, SEQUENCE_BYTES);
      this.#identities.put(key, bytes);
      const counter = counterName(list, source);
      added.set(counter, (added.get(counter) ?? 0) + 1);
    }
    this.#counters.add(SEQUENCE, next - first);
    for (const [counter, count] of added) this.#counters.add(counter, count);
    return next - first;
  }

  async remove(
    list: ListName,
    identifier: ClientIdentifier,
    sources: readonly DenySource[] = SOURCES.words,
  ): Promise<readonly ListEntry[]> {
    const listNumber = LISTS.numberOf(list);
    const identity = this.#codec.identityOf(identifier);
    return this.#environment.commit(() => {
      const removed: { readonly entry: ListEntry; readonly sequence: number }[] = [];
      for (const source of new Set(sources)) {
        const sourceNumber = SOURCES.numberOf(source);
        const known = identityKey(listNumber, identity, sourceNumber);
        const sequence = this.#identities.get(known)?.readUIntBE(0, SEQUENCE_BYTES);
        if (sequence === undefined) continue;
        const key = entryKey(listNumber, sourceNumber, sequence);
        const value = this.#entries.get(key) ?? Buffer.alloc(0);
        const entry = this.#decode({ list, source, sequence, value });
        // The caller knows the value even where only its hash is kept.
        removed.push({ entry: { ...entry, value: identifier.value }, sequence });
        this.#entries.remove(key);
        this.#identities.remove(known);
        this.#counters.add(counterName(listNumber, sourceNumber), -1);
      }
      return removed.toSorted((a, b) => a.sequence - b.sequence).map(({ entry }) => entry);
    });
  }

  async clear(list: ListName, sources: readonly DenySource[] = SOURCES.words): Promise<number> {
    const listNumber = LISTS.numberOf(list);
    const cleared = new Set(sources.map((source) => SOURCES.numberOf(source)));
    return this.#environment.commit(() => {
      let count = 0;
      const identities = Array.from(this.#identities.keys(prefixRange(listNumber)));
      for (const key of identities) {
        if (cleared.has(sourceOfIdentityKey(key))) this.#identities.remove(key);
      }
      for (const source of cleared) {
        const keys = [...this.#entries.keys(prefixRange(listNumber, source))];
        for (const key of keys) this.#entries.remove(key);
        const counter = counterName(listNumber, source);
        this.#counters.add(counter, -this.#counters.get(counter));
        count += keys.length;
      }
      return count;
    });
  }

  entries(filter: ListFilter = {}, onCorrupt?: OnCorrupt): Generator<ListEntry> {
    return decodeEach(this.#stored(filter), (row) => this.#decode(row), onCorrupt);
  }

  keys(filter: ListFilter = {}, onCorrupt?: OnCorrupt): Generator<ListKey> {
    const rows = inOrder(filter, (list, source, range) => this.#plainRowsOf(list, source, range));
    const isWhole = filter.list === undefined && filter.source === undefined;
    return isWhole
      ? this.#allKeys(rows, onCorrupt)
      : decodeEach(rows, (row) => this.#listKeyOf(row), onCorrupt);
  }

  /** Whoever goes through all of them finds by the way when the first one expires. */
  *#allKeys(rows: Iterable<PlainRow>, onCorrupt: OnCorrupt | undefined): Generator<ListKey> {
    const soonest = this.#soonest;
    const decode = (row: PlainRow): ListKey => {
      const key = this.#listKeyOf(row);
      if (key.list === "deny") soonest.note(key.expiresAt);
      return key;
    };
    let isWhole = false;
    soonest.begin();
    try {
      yield* decodeEach(rows, decode, onCorrupt);
      isWhole = true;
    } finally {
      if (!isWhole) soonest.forget();
    }
  }

  async dropOldest(source: DenySource, count: number): Promise<readonly ListKey[]> {
    const list = LISTS.numberOf("deny");
    const sourceNumber = SOURCES.numberOf(source);
    const range = { ...prefixRange(list, sourceNumber), limit: Math.max(0, count) };
    return this.#environment.commit(() => {
      if (count <= 0) return [];
      const rows = [...this.#rowsOf("deny", source, range)];
      for (const row of rows) {
        this.#identities.remove(
          decoding(
            () => recordName(row),
            () => this.#codec.decodeIdentityKey("deny", source, row.value),
          ),
        );
        this.#entries.remove(entryKey(list, sourceNumber, row.sequence));
      }
      this.#counters.add(counterName(list, sourceNumber), -rows.length);
      return rows.map((row) => this.#decodeKey(row));
    });
  }

  async dropExpired(nowSeconds: number, signal?: AbortSignal): Promise<number> {
    if (!this.#soonest.isDue(nowSeconds)) return 0;
    this.#soonest.begin();
    try {
      return await this.#dropAll(nowSeconds, signal);
    } catch (error) {
      this.#soonest.forget();
      throw error;
    }
  }

  async #dropAll(nowSeconds: number, signal: AbortSignal | undefined): Promise<number> {
    let dropped = 0;
    for (const source of SOURCES.words) {
      let from: number | undefined = 0;
      while (from !== undefined) {
        if (signal?.aborted === true) {
          this.#soonest.forget();
          return dropped;
        }
        const part = this.#expiredFrom(source, from, nowSeconds);
        // One part after the other, on purpose: others read and write in between.
        dropped += await this.#dropPart(source, part.sequences, nowSeconds);
        from = part.next;
      }
    }
    return dropped;
  }

  /** What has expired among the next rows, and where those behind them start. */
  #expiredFrom(
    source: DenySource,
    from: number,
    nowSeconds: number,
  ): { readonly sequences: readonly number[]; readonly next: number | undefined } {
    const list = LISTS.numberOf("deny");
    const number = SOURCES.numberOf(source);
    const { end } = prefixRange(list, number);
    const sequences: number[] = [];
    let next: number | undefined = undefined;
    let rows = 0;
    const range = { start: entryKey(list, number, from), end, limit: SWEEP_ROWS };
    for (const row of this.#plainRowsOf("deny", source, range)) {
      const expiresAt = this.#expiryOf(row);
      if (isExpired(expiresAt, nowSeconds)) sequences.push(row.sequence);
      else this.#soonest.note(expiresAt);
      if (++rows === SWEEP_ROWS) next = row.sequence + 1;
    }
    return { sequences, next };
  }

  async #dropPart(
    source: DenySource,
    sequences: readonly number[],
    nowSeconds: number,
  ): Promise<number> {
    if (sequences.length === 0) return setImmediate(0);
    const list = LISTS.numberOf("deny");
    const number = SOURCES.numberOf(source);
    return this.#environment.commit(() => {
      let dropped = 0;
      for (const sequence of sequences) {
        const key = entryKey(list, number, sequence);
        const value = this.#entries.get(key);
        if (value === undefined) continue;
        // Somebody may have prolonged it since it was looked at.
        const plain = this.#codec.readPlainKey(value, value.length);
        const expiresAt = this.#expiryOf({ list: "deny", source, sequence, plain });
        if (!isExpired(expiresAt, nowSeconds)) continue;
        this.#identities.remove(this.#codec.decodeIdentityKey("deny", source, value));
        this.#entries.remove(key);
        dropped++;
      }
      this.#counters.add(counterName(list, number), -dropped);
      return dropped;
    });
  }

  /** 0, which is never, for a damaged record: it stays. */
  #expiryOf(row: PlainRow): number {
    try {
      return this.#listKeyOf(row).expiresAt;
    } catch (error) {
      if (error instanceof StoreCorruptError) return 0;
      throw error;
    }
  }

  count(list: ListName, source: DenySource): number {
    return this.#counters.get(counterName(LISTS.numberOf(list), SOURCES.numberOf(source)));
  }

  find(list: ListName, identifier: ClientIdentifier, source: DenySource): ListKey | undefined {
    const listNumber = LISTS.numberOf(list);
    const sourceNumber = SOURCES.numberOf(source);
    const identity = this.#codec.identityOf(identifier);
    const known = this.#identities.get(identityKey(listNumber, identity, sourceNumber));
    const sequence = known?.readUIntBE(0, SEQUENCE_BYTES);
    if (sequence === undefined) return undefined;
    const value = this.#entries.get(entryKey(listNumber, sourceNumber, sequence));
    return this.#decodeKey({ list, source, sequence, value: value ?? Buffer.alloc(0) });
  }

  has(list: ListName, identifier: ClientIdentifier, source?: DenySource): boolean {
    const identity = this.#codec.identityOf(identifier);
    const sources = source === undefined ? SOURCES.words : [source];
    return sources.some((one) => {
      const key = identityKey(LISTS.numberOf(list), identity, SOURCES.numberOf(one));
      return this.#identities.get(key) !== undefined;
    });
  }

  #stored(filter: ListFilter): Generator<StoredEntry> {
    return inOrder(filter, (list, source, range) => this.#rowsOf(list, source, range));
  }

  /** A million of these are read at the start. */
  *#plainRowsOf(list: ListName, source: DenySource, range: RowRange): Generator<PlainRow> {
    for (const { key, value } of this.#scan(range)) {
      yield { list, source, sequence: key, plain: value };
    }
  }

  #listKeyOf({ list, plain, sequence, source }: PlainRow): ListKey {
    if (plain === undefined) {
      const key = entryKey(LISTS.numberOf(list), SOURCES.numberOf(source), sequence);
      const value = this.#entries.get(key) ?? Buffer.alloc(0);
      return this.#decodeKey({ list, source, sequence, value });
    }
    const { api, expiresAt, key, kind, prefix } = plain;
    return { list, source, kind: KINDS.wordOf(kind), key, prefix, expiresAt, api };
  }

  *#rowsOf(list: ListName, source: DenySource, range: RowRange): Generator<StoredEntry> {
    for (const { key, value } of this.#entries.range(range)) {
      yield { list, source, sequence: sequenceOfEntryKey(key), value };
    }
  }

  #decode(row: StoredEntry): ListEntry {
    return decoding(
      () => recordName(row),
      () => this.#codec.decode(row.list, row.source, row.value),
    );
  }

  #decodeKey(row: StoredEntry): ListKey {
    return decoding(
      () => recordName(row),
      () => this.#codec.decodeKey(row.list, row.source, row.value),
    );
  }
}
