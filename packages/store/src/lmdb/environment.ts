import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";

import { type Database, type Key, open, type RootDatabase } from "lmdb";

import {
  StoreClosedError,
  StoreCorruptError,
  StoreError,
  StoreOpenError,
  StoreWriteError,
} from "../errors.ts";
import { checkDataFile } from "./check-data-file.ts";

const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;
const DATA_FILE = "store.mdb";
const LOCK_FILE = "store.mdb-lock";
const BINARY = { keyEncoding: "binary", encoding: "binary" } as const;

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
  readonly #database: Database<Buffer, Buffer>;
  readonly #environment: Environment;
  readonly #name: string;

  constructor(environment: Environment, name: string, database: Database<Buffer, Buffer>) {
    this.#environment = environment;
    this.#name = name;
    this.#database = database;
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
    return this.#rowsOf(this.#database, range);
  }

  /** Goes through a part of the table, in the reader's words. */
  scanner<K extends Key, V>(reader: RowReader<K, V>): (range: RowRange) => Generator<RowOf<K, V>> {
    const database = this.#environment.openScanned(this.#name, reader);
    return (range) => this.#rowsOf(database, range);
  }

  *#rowsOf<K extends Key, V>(database: Database<V, K>, range: RowRange): Generator<RowOf<K, V>> {
    const rows = this.#reading(() => database.getRange(range)[Symbol.iterator]());
    try {
      for (;;) {
        const next = this.#reading(() => rows.next());
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      if (this.#environment.isOpen) rows.return?.();
    }
  }

  *keys(range: RowRange): Generator<Buffer> {
    for (const row of this.range(range)) yield row.key;
  }

  #reading<T>(read: () => T): T {
    this.#environment.checkOpen();
    try {
      return read();
    } catch (error) {
      throw new StoreCorruptError(this.#name, error);
    }
  }
}

/**
 * The LMDB environment in one directory.
 *
 * Commits are synced to the disk before they count (`overlappingSync` off): one promise, one
 * meaning, and a failing disk rejects it. Event-turn batching is off because its own promise has
 * no handler: with it, a full disk ends the process with an unhandled rejection.
 */
export class Environment {
  readonly path: string;
  readonly #root: RootDatabase<Buffer, Buffer>;
  readonly #writes = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;
  #isOpen = true;

  /** Throws a `StoreOpenError` or a `StoreCorruptError`, and then has changed nothing. */
  constructor(directory: string) {
    this.path = join(directory, DATA_FILE);
    this.#root = opening(directory, () => {
      mkdirSync(directory, { recursive: true, mode: DIRECTORY_MODE });
      // LMDB would make them readable for everybody.
      for (const name of [DATA_FILE, LOCK_FILE]) makePrivate(join(directory, name));
      checkDataFile(this.path);
      return open<Buffer, Buffer>({
        ...BINARY,
        path: this.path,
        noSubdir: true,
        overlappingSync: false,
        eventTurnBatching: false,
      });
    });
  }

  /** Whether tables can be read: `close` first lets the writes under way end. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  checkOpen(): void {
    if (!this.#isOpen) throw new StoreClosedError();
  }

  /** Whether nobody has ever written a table here. */
  get isEmpty(): boolean {
    return this.#root.getKeysCount({ limit: 1 }) === 0;
  }

  /** Opens a table, and makes it if it is not there. */
  table(name: string): Table {
    return new Table(this, name, this.#openTable(name, true));
  }

  /** Opens a table if it is there. */
  existingTable(name: string): Table | undefined {
    // lmdb-js returns undefined for a table that is not there, unlike its types.
    const database: Database<Buffer, Buffer> | undefined = this.#openTable(name, false);
    return database === undefined ? undefined : new Table(this, name, database);
  }

  /** The table under a reader that gets rows without a copy. The types of lmdb-js leave these options out. */
  openScanned<K extends Key, V>(name: string, reader: RowReader<K, V>): Database<V, K> {
    const options = {
      name,
      create: false,
      encoder: { encode: neverWritten, decode: reader.readValue },
      keyEncoder: { writeKey: copyKey, readKey: reader.readKey },
    };
    try {
      return this.#root.openDB<V, K>(options);
    } catch (error) {
      throw new StoreCorruptError(name, error);
    }
  }

  #openTable(name: string, create: boolean): Database<Buffer, Buffer> {
    const options = { ...BINARY, name, create };
    try {
      return this.#root.openDB<Buffer, Buffer>(options);
    } catch (error) {
      throw new StoreCorruptError(name, error);
    }
  }

  /**
   * Runs `action` in a transaction and resolves to its result when that is on the disk.
   *
   * If `action` throws or the disk fails, nothing of it is kept.
   */
  async commit<T>(action: () => T): Promise<T> {
    if (this.#closing !== undefined) throw new StoreClosedError();
    const write = this.#root.childTransaction(action);
    this.#writes.add(write);
    try {
      return await write;
    } catch (error) {
      if (error instanceof StoreError || error instanceof RangeError) throw error;
      throw new StoreWriteError(await commitErrorOf(error));
    } finally {
      this.#writes.delete(write);
    }
  }

  /** The same, at once. For opening only: it keeps the thread until the disk has answered. */
  commitNow(action: () => void): void {
    try {
      this.#root.transactionSync(action);
    } catch (error) {
      throw new StoreWriteError(error);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#writes);
    this.#isOpen = false;
    await this.#root.close();
  }
}

function opening<T>(directory: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw error instanceof StoreError ? error : new StoreOpenError(directory, error);
  }
}

function copyKey(key: Buffer, target: Uint8Array, start: number): number {
  target.set(key, start);
  return start + key.length;
}

function neverWritten(): never {
  throw new Error("a scanner does not write");
}

function makePrivate(path: string): void {
  closeSync(openSync(path, "a", FILE_MODE));
  chmodSync(path, FILE_MODE);
}

/** lmdb-js rejects with «see commitError», a promise that rejects with the reason. */
async function commitErrorOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || !("commitError" in error)) return error;
  try {
    return await error.commitError;
  } catch (reason) {
    return reason;
  }
}
