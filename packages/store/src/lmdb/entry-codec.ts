import type { ClientIdentifier, DenySource } from "@portcullis/core";

import type { ListEntry, ListKey, ListName } from "../list-entry.ts";
import { KINDS, LISTS, SOURCES } from "../numbering.ts";
import type { Sealer } from "../sealer.ts";
import type { StoreOptions } from "../store.ts";
import { identityKey } from "./keys.ts";
import { type PlainKey, readPlainKey } from "./read-plain-key.ts";
import { decodeTexts, type RecordCodec, type RecordFields } from "./record-codec.ts";

/** A list entry ready to be written: all that costs time is done before the transaction starts. */
export interface PreparedEntry {
  readonly list: number;
  readonly source: number;
  readonly identityKey: Buffer;
  readonly value: Buffer;
}

/** Fields of a record, by position. What only listings show is sealed. */
const KIND = 0;
const KEY = 1;
const PREFIX = 2;
const EXPIRES_AT = 3;
const ADDED_AT = 4;
const API = 5;
const SEALED = 6;
/** Leads from an entry to where its identifier is found, without its value. */
const IDENTITY = 7;

/** Turns list entries into records and back. */
export class EntryCodec {
  readonly #records: RecordCodec;
  readonly #sealer: Sealer;
  readonly #values: StoreOptions["values"];

  constructor(records: RecordCodec, sealer: Sealer, values: StoreOptions["values"]) {
    this.#records = records;
    this.#sealer = sealer;
    this.#values = values;
  }

  identityOf(identifier: ClientIdentifier): Buffer {
    return this.#sealer.identityOf(identifier);
  }

  prepare(entry: ListEntry): PreparedEntry {
    const list = LISTS.numberOf(entry.list);
    const source = SOURCES.numberOf(entry.source);
    const identity = this.identityOf(entry);
    const shown = [entry.name, this.keptValueOf(entry)];
    if (entry.requestId !== undefined) shown.push(entry.requestId);
    // Offences have both.
    if (entry.requestId !== undefined && entry.reason !== undefined) shown.push(entry.reason);
    return {
      list,
      source,
      identityKey: identityKey(list, identity, source),
      value: this.#records.encode([
        KINDS.numberOf(entry.kind),
        entry.key,
        entry.prefix,
        entry.expiresAt,
        entry.addedAt,
        entry.api ?? null,
        this.#sealer.seal(JSON.stringify(shown), contextOf(entry, entry.addedAt)),
        identity,
      ]),
    };
  }

  /** The value as it goes to the disk, sealed: an address is no secret, its key shows it anyway. */
  keptValueOf(identifier: ClientIdentifier): string {
    return this.#values === "encrypted" || identifier.kind === "ip"
      ? identifier.value
      : this.#sealer.hashedValueOf(identifier);
  }

  /** Throws if the record is damaged. */
  decodeKey(list: ListName, source: DenySource, value: Buffer): ListKey {
    return keyOf(list, source, this.#records.decode(value));
  }

  /**
   * What the lists in memory need of the record in the first `length` bytes; `undefined` where it is damaged or
   * has another form, and `decodeKey` has to tell.
   */
  readPlainKey(bytes: Uint8Array, length: number): PlainKey | undefined {
    const body = this.#records.bodyOf(bytes, length);
    return body === undefined ? undefined : readPlainKey(body);
  }

  /** Where the identifier of a record is found. Throws if the record is damaged. */
  decodeIdentityKey(list: ListName, source: DenySource, value: Buffer): Buffer {
    const identity = this.#records.decode(value).bytes(IDENTITY);
    return identityKey(LISTS.numberOf(list), identity, SOURCES.numberOf(source));
  }

  /** Throws if the record is damaged. */
  decode(list: ListName, source: DenySource, value: Buffer): ListEntry {
    const fields = this.#records.decode(value);
    const key = keyOf(list, source, fields);
    const addedAt = fields.number(ADDED_AT);
    const shown = this.#sealer.unseal(fields.bytes(SEALED), contextOf(key, addedAt));
    const [name = "", kept = "", requestId, reason] = decodeTexts(shown, 2, 4);
    return { ...key, addedAt, name, value: kept, requestId, reason };
  }
}

function keyOf(list: ListName, source: DenySource, fields: RecordFields): ListKey {
  return {
    list,
    source,
    kind: KINDS.wordOf(fields.number(KIND)),
    key: fields.bytes(KEY),
    prefix: fields.number(PREFIX),
    expiresAt: fields.number(EXPIRES_AT),
    api: fields.textOrNone(API),
  };
}

/** What a sealed value belongs to: it does not open on another list, for another key or longer. */
function contextOf(entry: ListKey, addedAt: number): Buffer {
  const { list, source, kind, prefix, expiresAt } = entry;
  const words = [list, source, kind, prefix, expiresAt, addedAt].join("/");
  return Buffer.concat([Buffer.from(words), entry.key]);
}
