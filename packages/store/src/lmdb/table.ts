import type { Database, Key } from "lmdb";

import { StoreClosedError, StoreCorruptError } from "../errors.ts";
import type { Environment } from "./environment.ts";

export interface RowOf<K, V> {
  readonly key: K;
  readonly value: V;
}

/** One key and its value, both copies. */
export type Row = RowOf<Buffer, Buffer>;

/** How rows are read where LMDB has them, without a copy: the bytes hold until the call ends. Must not throw. */
export interface RowReader<K extends Key, V> {
  readonly readKey: (bytes: Uint8Array, start: number, end: number) => K;
  readonly readValue: (bytes: Uint8Array, length: number) => V;
}

/** A part of a table; `end` does not belong to it. */
export interface RowRange {
  readonly start?: Buffer;
  readonly end?: Buffer;
  readonly limit?: number;
}

/** One table: binary keys in order, binary values. Writes only inside of `Environment.commit`. */
export class Table {
  #database: Database<Buffer, Buffer>;
  readonly #environment: Environment;
  readonly #name: string;

  constructor(environment: Environment, name: string, database: Database<Buffer, Buffer>) {
    this.#environment = environment;
    this.#name = name;
    this.#database = database;
    environment.onReopened(() => (this.#database = environment.openExisting(name)));
  }

  get(key: Buffer): Buffer | undefined {
    return this.#reading(() => this.#database.getBinary(key));
  }

  put(key: Buffer, value: Buffer): void {
    // Inside of a transaction a put is done when it returns.
    void this.#database.put(key, value);
  }

  remove(key: Buffer): void {
    void this.#database.remove(key);
  }

  range(range: RowRange): Generator<Row> {
    return this.#rowsOf(() => this.#database, range);
  }

  /** Goes through a part of the table, in the reader's words. */
  scanner<K extends Key, V>(reader: RowReader<K, V>): (range: RowRange) => Generator<RowOf<K, V>> {
    const environment = this.#environment;
    let database = environment.openScanned(this.#name, reader);
    environment.onReopened(() => (database = environment.openScanned(this.#name, reader)));
    return (range) => this.#rowsOf(() => database, range);
  }

  /** Of the table as it is open at the first step. */
  *#rowsOf<K extends Key, V>(
    opened: () => Database<V, K>,
    range: RowRange,
  ): Generator<RowOf<K, V>> {
    const { opening } = this.#environment;
    const rows = this.#reading(() => opened().getRange(range)[Symbol.iterator]());
    try {
      for (;;) {
        const next = this.#reading(() => rows.next(), opening);
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      // What belongs to files that have been closed must not be touched.
      if (this.#environment.isOpen(opening)) rows.return?.();
    }
  }

  *keys(range: RowRange): Generator<Buffer> {
    for (const row of this.range(range)) yield row.key;
  }

  #reading<T>(read: () => T, opening = this.#environment.opening): T {
    if (!this.#environment.isOpen(opening)) throw new StoreClosedError();
    try {
      return read();
    } catch (error) {
      throw new StoreCorruptError(this.#name, error);
    }
  }
}
