import type { ClientIdentifier, DenySource } from "@portcullis/core";

import type { AttackRange, AttackRecord } from "./attack-record.ts";
import type { StoreCorruptError } from "./errors.ts";
import type { ListEntry, ListFilter, ListKey, ListName } from "./list-entry.ts";

/**
 * Everything an installation must not forget.
 *
 * Reads are synchronous and see the last commit. A write's promise resolves when its transaction
 * is on the disk: from then on neither `kill -9` nor a power failure takes it back. A write that
 * rejects has left nothing behind. Iterables are lazy and show the store as it was at their first
 * step; go through them without waiting in between, because an open one holds its pages.
 */
export interface Store {
  readonly lists: Lists;
  readonly attacks: Attacks;
  readonly switches: Switches;
  readonly definitions: Definitions;
  /**
   * Gives back the memory that reading has taken: after going through all entries that is as much as they take on the
   * disk. Nothing may be read or written before it resolves. It rejects where the store cannot be opened again.
   */
  releasePages(): Promise<void>;
  /** Waits for the writes under way, then lets go of the files. Calling it again does nothing. */
  close(): Promise<void>;
}

export interface StoreOptions {
  /** Made with mode 0700 if it is not there; the files in it have mode 0600. */
  readonly directory: string;
  /** The installation's secret, 32 bytes. Not kept: keys for this and that are derived from it. */
  readonly key: Uint8Array;
  /**
   * `encrypted` lets listings show values. `hashed` keeps a keyed hash in place of every value that
   * is not an IP address, and it reads as `sha256:` and 16 hex digits. What was written under the
   * other setting stays as it is.
   */
  readonly values: "encrypted" | "hashed";
}

/**
 * Told of each record that does not decode, in place of the record; the others follow.
 *
 * Without it the iteration throws at the first one: a list that is not whole must not pass for one.
 */
export type OnCorrupt = (error: StoreCorruptError) => void;

export interface Lists {
  /**
   * Adds all entries or none, and resolves to how many were new.
   *
   * An entry that is there already is replaced and keeps its place.
   */
  put(entries: readonly ListEntry[]): Promise<number>;
  /** Takes one identifier from a list, for these sources or for all, and resolves to what was there. */
  remove(
    list: ListName,
    identifier: ClientIdentifier,
    sources?: readonly DenySource[],
  ): Promise<readonly ListEntry[]>;
  /** Empties a list, for these sources or for all, damaged records included; resolves to their number. */
  clear(list: ListName, sources?: readonly DenySource[]): Promise<number>;
  /** In the order in which they were added. */
  entries(filter?: ListFilter, onCorrupt?: OnCorrupt): Iterable<ListEntry>;
  /** The same entries in the same order, without their values: for building the lists in memory. */
  keys(filter?: ListFilter, onCorrupt?: OnCorrupt): Iterable<ListKey>;
  /**
   * Takes the `count` denied entries that this source added first, and resolves to what they are in
   * memory. Needs no values, which a store that keeps hashes does not have.
   */
  dropOldest(source: DenySource, count: number): Promise<readonly ListKey[]>;
  /**
   * Takes the denials that expired by `nowSeconds`, a part at a time with others' reads and writes in between,
   * and resolves to their number. Damaged records stay: they are for an operator to see. Aborted, it ends after
   * the part under way.
   */
  dropExpired(nowSeconds: number, signal?: AbortSignal): Promise<number>;
  count(list: ListName, source: DenySource): number;
  /** What one entry is in memory; `undefined` if it is not there. */
  find(list: ListName, identifier: ClientIdentifier, source: DenySource): ListKey | undefined;
  has(list: ListName, identifier: ClientIdentifier, source?: DenySource): boolean;
}

export interface Attacks {
  /** Adds all records or none. Records of one millisecond keep the order they came in. */
  append(records: readonly AttackRecord[]): Promise<void>;
  /** In the order of time. */
  between(range: AttackRange, onCorrupt?: OnCorrupt): Iterable<AttackRecord>;
  /**
   * Removes what is older than `before`, a part at a time, and resolves to the number of records. Aborted, it
   * ends after the part under way.
   */
  prune(before: number, signal?: AbortSignal): Promise<number>;
}

/** What a switch may be set to. */
export type SwitchValue = boolean | number | string;

export interface Switches {
  /** `undefined` if it was never set. */
  get(name: string): SwitchValue | undefined;
  set(name: string, value: SwitchValue): Promise<void>;
}

/** A change to an API definition that did not come from its file. */
export interface DefinitionOverride {
  readonly id: string;
  /** `undefined` if the definition was deleted. */
  readonly json: string | undefined;
  /** The file's hash when the change was made, so that a later edit of the file is noticed. */
  readonly fileHash: string | undefined;
  /** Milliseconds since 1970. */
  readonly updatedAt: number;
}

export interface Definitions {
  get(id: string): DefinitionOverride | undefined;
  /** By id, in the order of its UTF-8 bytes. */
  list(onCorrupt?: OnCorrupt): Iterable<DefinitionOverride>;
  put(override: DefinitionOverride): Promise<void>;
  /** Resolves to whether there was one. */
  remove(id: string): Promise<boolean>;
}
