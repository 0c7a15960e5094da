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
import { type RowReader, Table } from "./table.ts";

const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;
const DATA_FILE = "store.mdb";
const LOCK_FILE = "store.mdb-lock";
const BINARY = { keyEncoding: "binary", encoding: "binary" } as const;

/**
 * The LMDB environment in one directory.
 *
 * Commits are synced to the disk before they count (`overlappingSync` off): one promise, one
 * meaning, and a failing disk rejects it. Event-turn batching is off because its own promise has
 * no handler: with it, a full disk ends the process with an unhandled rejection.
 */
export class Environment {
  readonly path: string;
  readonly #directory: string;
  /** What holds tables, told to open them anew. */
  readonly #holders: (() => void)[] = [];
  #root: RootDatabase<Buffer, Buffer>;
  readonly #writes = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;
  #isOpen = true;
  /** How often the files have been opened again. */
  #opening = 0;

  /** Throws a `StoreOpenError` or a `StoreCorruptError`, and then has changed nothing. */
  constructor(directory: string) {
    this.#directory = directory;
    this.path = join(directory, DATA_FILE);
    this.#root = this.#openRoot();
  }

  #openRoot(): RootDatabase<Buffer, Buffer> {
    return orOpenError(this.#directory, () => {
      mkdirSync(this.#directory, { recursive: true, mode: DIRECTORY_MODE });
      // LMDB would make them readable for everybody.
      for (const name of [DATA_FILE, LOCK_FILE]) makePrivate(join(this.#directory, name));
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

  /**
   * Lets go of the pages that reading has brought into memory, which stay there as long as the files are mapped: the
   * files are closed, and opened again. Nothing can be read or written meanwhile. Where they cannot be opened again
   * it rejects as the constructor throws, and stays closed.
   */
  async releasePages(): Promise<void> {
    await this.#close();
    if (this.#closing !== undefined) throw new StoreClosedError();
    const root = this.#openRoot();
    try {
      this.#root = root;
      for (const attach of this.#holders) attach();
    } catch (error) {
      await root.close();
      throw error;
    }
    this.#opening++;
    this.#isOpen = true;
  }

  /** Has `attach` run each time the files have been opened again. */
  onReopened(attach: () => void): void {
    this.#holders.push(attach);
  }

  /** Tells the time since the files were opened last from the times before. */
  get opening(): number {
    return this.#opening;
  }

  /** Whether tables can be read, by what was begun in this `opening`: `close` first lets the writes under way end. */
  isOpen(opening: number): boolean {
    return this.#isOpen && opening === this.#opening;
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

  /** A table that has been there before. Throws a `StoreCorruptError` if it is there no more. */
  openExisting(name: string): Database<Buffer, Buffer> {
    const database: Database<Buffer, Buffer> | undefined = this.#openTable(name, false);
    if (database === undefined) throw new StoreCorruptError(name, new TypeError("it is gone"));
    return database;
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
    if (this.#closing !== undefined || !this.#isOpen) throw new StoreClosedError();
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
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#root.close();
  }
}

function orOpenError<T>(directory: string, action: () => T): T {
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
