import { type ClientIdentifier, type DenySource, isExpired } from "@portcullis/core";

import type { AttackRange, AttackRecord } from "./attack-record.ts";
import { checkAttack, clampTime } from "./check-attack.ts";
import { checkListEntry } from "./check-list-entry.ts";
import { StoreClosedError } from "./errors.ts";
import type { ListEntry, ListFilter, ListKey, ListName } from "./list-entry.ts";
import { listedName, listedValue } from "./listed-name.ts";
import { nameKey } from "./lmdb/keys.ts";
import { LISTS, SOURCES } from "./numbering.ts";
import { Sealer } from "./sealer.ts";
import type {
  Attacks,
  DefinitionOverride,
  Definitions,
  Lists,
  Store,
  StoreOptions,
  Switches,
  SwitchValue,
} from "./store.ts";

/** A store that forgets: the same behaviour as the one on disk, for tests. */
export function openMemoryStore({ key, values }: Omit<StoreOptions, "directory">): Store {
  const state: State = { isOpen: true, sealer: new Sealer(key), values };
  return {
    lists: new MemoryLists(state),
    attacks: new MemoryAttacks(state),
    switches: new MemorySwitches(state),
    definitions: new MemoryDefinitions(state),
    releasePages: async () => checkOpen(state),
    close: async () => {
      state.isOpen = false;
    },
  };
}

interface State {
  isOpen: boolean;
  readonly sealer: Sealer;
  readonly values: StoreOptions["values"];
}

function checkOpen(state: State): void {
  if (!state.isOpen) throw new StoreClosedError();
}

function keptValueOf({ values, sealer }: State, { kind, name, value }: ClientIdentifier): string {
  return values === "encrypted" || kind === "ip"
    ? value
    : sealer.hashedValueOf({ kind, name, value });
}

class MemoryLists implements Lists {
  readonly #state: State;
  /** Insertion order is the order of a Map, and setting a key again keeps its place. */
  readonly #entries = new Map<string, ListEntry>();

  constructor(state: State) {
    this.#state = state;
  }

  async put(entries: readonly ListEntry[]): Promise<number> {
    entries.forEach(checkListEntry);
    checkOpen(this.#state);
    const before = this.#entries.size;
    for (const entry of entries) {
      const value = keptValueOf(this.#state, entry);
      const key = Uint8Array.from(entry.key);
      this.#entries.set(idOf(entry.list, entry, entry.source), { ...entry, key, value });
    }
    return this.#entries.size - before;
  }

  async remove(
    list: ListName,
    identifier: ClientIdentifier,
    sources: readonly DenySource[] = SOURCES.words,
  ): Promise<readonly ListEntry[]> {
    LISTS.numberOf(list);
    checkOpen(this.#state);
    const ids = new Set(sources.map((source) => idOf(list, identifier, source)));
    const removed = [...this.#entries].filter(([id]) => ids.has(id));
    for (const [id] of removed) this.#entries.delete(id);
    return removed.map(([, entry]) => ({ ...entry, value: identifier.value }));
  }

  async clear(list: ListName, sources: readonly DenySource[] = SOURCES.words): Promise<number> {
    LISTS.numberOf(list);
    checkOpen(this.#state);
    const cleared = [...this.#entries].filter(
      ([, entry]) => entry.list === list && sources.includes(entry.source),
    );
    for (const [id] of cleared) this.#entries.delete(id);
    return cleared.length;
  }

  *entries({ list, source }: ListFilter = {}): Generator<ListEntry> {
    checkOpen(this.#state);
    const snapshot = Array.from(this.#entries.values());
    for (const entry of snapshot) {
      checkOpen(this.#state);
      const isWanted =
        (list ?? entry.list) === entry.list && (source ?? entry.source) === entry.source;
      if (isWanted) yield { ...entry };
    }
  }

  *keys(filter: ListFilter = {}): Generator<ListKey> {
    for (const entry of this.entries(filter)) yield keyOf(entry);
  }

  async dropOldest(source: DenySource, count: number): Promise<readonly ListKey[]> {
    checkOpen(this.#state);
    const dropped = [...this.#entries]
      .filter(([, entry]) => entry.list === "deny" && entry.source === source)
      .slice(0, Math.max(0, count));
    for (const [id] of dropped) this.#entries.delete(id);
    return dropped.map(([, entry]) => keyOf(entry));
  }

  async dropExpired(nowSeconds: number, signal?: AbortSignal): Promise<number> {
    checkOpen(this.#state);
    if (signal?.aborted === true) return 0;
    const dropped = [...this.#entries].filter(
      ([, { expiresAt, list }]) => list === "deny" && isExpired(expiresAt, nowSeconds),
    );
    for (const [id] of dropped) this.#entries.delete(id);
    return dropped.length;
  }

  count(list: ListName, source: DenySource): number {
    return [...this.entries({ list, source })].length;
  }

  find(list: ListName, identifier: ClientIdentifier, source: DenySource): ListKey | undefined {
    checkOpen(this.#state);
    const entry = this.#entries.get(idOf(list, identifier, source));
    return entry && keyOf(entry);
  }

  has(list: ListName, identifier: ClientIdentifier, source?: DenySource): boolean {
    checkOpen(this.#state);
    const sources = source === undefined ? SOURCES.words : [source];
    return sources.some((one) => this.#entries.has(idOf(list, identifier, one)));
  }
}

function keyOf({ list, source, kind, key, prefix, expiresAt, api }: ListEntry): ListKey {
  return { list, source, kind, key, prefix, expiresAt, api };
}

function idOf(list: ListName, client: ClientIdentifier, source: DenySource): string {
  return JSON.stringify([list, source, client.kind, listedName(client), listedValue(client)]);
}

class MemoryAttacks implements Attacks {
  readonly #state: State;
  #records: readonly AttackRecord[] = [];

  constructor(state: State) {
    this.#state = state;
  }

  async append(records: readonly AttackRecord[]): Promise<void> {
    records.forEach(checkAttack);
    checkOpen(this.#state);
    const kept = records.map((record) => ({
      ...record,
      client: { ...record.client, value: keptValueOf(this.#state, record.client) },
    }));
    this.#records = [...this.#records, ...kept].toSorted((a, b) => a.at - b.at);
  }

  *between({ from, to, api, codes }: AttackRange): Generator<AttackRecord> {
    const [start, end] = [clampTime(from), clampTime(to)];
    checkOpen(this.#state);
    for (const record of this.#records) {
      const isWanted =
        record.at >= start &&
        record.at <= end &&
        (api ?? record.api) === record.api &&
        (codes?.includes(record.code) ?? true);
      checkOpen(this.#state);
      if (isWanted) yield record;
    }
  }

  async prune(before: number): Promise<number> {
    const end = clampTime(before);
    checkOpen(this.#state);
    const count = this.#records.length;
    this.#records = this.#records.filter((record) => record.at >= end);
    return count - this.#records.length;
  }
}

class MemorySwitches implements Switches {
  readonly #state: State;
  readonly #switches = new Map<string, SwitchValue>();

  constructor(state: State) {
    this.#state = state;
  }

  get(name: string): SwitchValue | undefined {
    nameKey(name);
    checkOpen(this.#state);
    return this.#switches.get(name);
  }

  async set(name: string, value: SwitchValue): Promise<void> {
    nameKey(name);
    checkOpen(this.#state);
    this.#switches.set(name, value);
  }
}

class MemoryDefinitions implements Definitions {
  readonly #state: State;
  readonly #overrides = new Map<string, DefinitionOverride>();

  constructor(state: State) {
    this.#state = state;
  }

  get(id: string): DefinitionOverride | undefined {
    nameKey(id);
    checkOpen(this.#state);
    return this.#overrides.get(id);
  }

  *list(): Generator<DefinitionOverride> {
    checkOpen(this.#state);
    yield* [...this.#overrides.values()].toSorted((a, b) =>
      Buffer.compare(Buffer.from(a.id), Buffer.from(b.id)),
    );
  }

  async put(override: DefinitionOverride): Promise<void> {
    nameKey(override.id);
    checkOpen(this.#state);
    this.#overrides.set(override.id, { ...override });
  }

  async remove(id: string): Promise<boolean> {
    nameKey(id);
    checkOpen(this.#state);
    return this.#overrides.delete(id);
  }
}
