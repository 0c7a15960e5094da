import {
  ALLOW,
  type ClientIdentifier,
  DENY_MASK,
  DETECTED_MASK,
  DETECTED_SOURCES,
  denyFlag,
  type DenySource,
  type HashKey,
  isExpired,
} from "@portcullis/core";
import type { AttackRecord, ListEntry, ListKey, ListName, Store } from "@portcullis/store";

import type { Offence } from "./enforcer.ts";
import { ListsFullError } from "./errors.ts";
import { keyBytes, keyOf } from "./list-key.ts";
import type { OffenceBacklog } from "./offence-backlog.ts";
import { Sequence } from "./sequence.ts";
import type { SharedLists } from "./shared-lists.ts";
import type { SharedSwitches } from "./shared-switches.ts";

/** Offences wait at most so long for company before they are committed. */
const BATCH_MS = 2;
/** Offences committed at a time: in a flood, a command waits for so many of them and no more. */
const MAX_BATCH = 1000;

export interface ListKeeperOptions {
  readonly store: Store;
  readonly shared: SharedLists;
  readonly hashKey: HashKey;
  readonly switches: SharedSwitches;
  /** Keeps what waits here within bounds. */
  readonly backlog: OffenceBacklog;
  /** Entries that one automatic source may hold; past it the oldest give way. */
  readonly automaticLimit: number;
  /** Told of what went wrong where nobody waits for an answer. */
  readonly onError: (what: string, error: unknown) => void;
  readonly now: () => number;
}

/** An entry that an operator wants listed. */
export interface WantedEntry {
  readonly identifier: ClientIdentifier;
  /** Seconds since 1970; 0: never. */
  readonly expiresAt: number;
}

/**
 * Keeps the lists on disk and in shared memory the same, on the one thread that writes the store.
 *
 * A command is acknowledged when it holds on every thread and is committed; one that fails has
 * changed nothing. What edges detect holds in memory already when it arrives here, and is committed
 * in batches.
 */
export class ListKeeper {
  readonly #options: ListKeeperOptions;
  readonly #sequence = new Sequence();
  readonly #waiting: Offence[] = [];
  #timer: NodeJS.Timeout | undefined = undefined;
  #isBatchUnderWay = false;
  #lost = 0;

  /** Brings what the store holds into shared memory. */
  constructor(options: ListKeeperOptions) {
    this.#options = options;
    const { store, shared, switches } = options;
    const dropped = switches.detection ? new Set<DenySource>() : new Set(DETECTED_SOURCES);
    const missing = shared.load(without(dropped, store.lists.keys()));
    if (missing > 0)
      options.onError(`${missing} list entries are not enforced`, new ListsFullError());
  }

  /** Offences that were not recorded because the disk did not follow. */
  get lostOffences(): number {
    return this.#lost + this.#options.backlog.lost;
  }

  /** Puts `identifier` on a list by hand. Adding what is there already changes nothing. */
  add(list: ListName, identifier: ClientIdentifier): Promise<void> {
    return this.#sequence.run(async () => {
      const { now, shared, store } = this.#options;
      const entry = this.#entryOf(list, identifier, "manual", now());
      const known = store.lists.find(list, identifier, "manual");
      const isListed = known?.expiresAt === 0;
      // An entry that memory has no room for would hold only after a restart, if at all.
      if (!shared.addStored(entry)) throw new ListsFullError();
      if (isListed) return;
      try {
        await store.lists.put([entry]);
      } catch (error) {
        // One that was to expire goes on until then.
        shared.removeStored(entry);
        if (known !== undefined) shared.addStored(known);
        throw error;
      }
    });
  }

  /**
   * Puts all of these on a list by hand, or none of them; resolves to how many were new, when all
   * hold on every thread and are committed together.
   */
  addAll(list: ListName, wanted: readonly WantedEntry[]): Promise<number> {
    return this.#sequence.run(async () => {
      const { shared, store } = this.#options;
      const { fresh, prolonged } = this.#sorted(list, wanted);
      shared.reserve(fresh.length, fresh.filter(isRange).length);
      let held = 0;
      try {
        for (const entry of fresh) {
          if (!shared.addStored(entry)) throw new ListsFullError();
          held++;
        }
        await store.lists.put([...fresh, ...prolonged]);
      } catch (error) {
        for (const entry of fresh.slice(0, held)) shared.removeStored(entry);
        shared.makeRoom();
        throw error;
      }
      // After the commit: what holds already is not to be taken back if that fails.
      for (const entry of prolonged) shared.addStored(entry);
      return fresh.length;
    });
  }

  /** What of the wanted entries is not listed, and what is for a shorter time. */
  #sorted(
    list: ListName,
    wanted: readonly WantedEntry[],
  ): { readonly fresh: readonly ListEntry[]; readonly prolonged: readonly ListEntry[] } {
    const { now, store } = this.#options;
    const fresh = new Map<string, ListEntry>();
    const prolonged = new Map<string, ListEntry>();
    for (const { expiresAt, identifier } of wanted) {
      const entry = { ...this.#entryOf(list, identifier, "manual", now()), expiresAt };
      const known = store.lists.find(list, entry, "manual");
      const isKnown = known !== undefined && !isExpired(known.expiresAt, now() / 1000);
      if (isKnown && lasts(known.expiresAt) >= lasts(expiresAt)) continue;
      const kind = isKnown ? prolonged : fresh;
      // The key tells identifiers apart as the lists do: two spellings of an API key's name are one.
      const id = `${entry.kind}/${entry.prefix}/${entry.key.join()}`;
      const twin = kind.get(id);
      if (twin === undefined || lasts(twin.expiresAt) < lasts(expiresAt)) kind.set(id, entry);
    }
    return { fresh: [...fresh.values()], prolonged: [...prolonged.values()] };
  }

  /** Takes `identifier` off a list, whoever put it there; resolves to whether it was there. */
  remove(list: ListName, identifier: ClientIdentifier): Promise<boolean> {
    return this.#sequence.run(async () => {
      await this.#commitWaiting();
      const { store, shared, hashKey } = this.#options;
      const key = keyOf(identifier, hashKey);
      const removed = await store.lists.remove(list, identifier);
      shared.remove(key, list === "allow" ? ALLOW : DENY_MASK);
      return removed.length > 0;
    });
  }

  /** Empties a list; resolves to the number of entries it had. */
  clear(list: ListName): Promise<number> {
    return this.#sequence.run(async () => {
      await this.#commitWaiting();
      const cleared = await this.#options.store.lists.clear(list);
      this.#options.shared.removeFlags(list === "allow" ? ALLOW : DENY_MASK);
      return cleared;
    });
  }

  /** Deletes what detection put on the deny list. Switch detection off before. */
  dropDetected(): Promise<number> {
    return this.#sequence.run(async () => {
      await this.#commitWaiting();
      const cleared = await this.#options.store.lists.clear("deny", DETECTED_SOURCES);
      this.#options.shared.removeFlags(DETECTED_MASK);
      return cleared;
    });
  }

  /** The entries of one list by one source, in the order in which they were added. */
  entries(list: ListName, source: DenySource): ListEntry[] {
    const { store, onError } = this.#options;
    const report = (error: Error): void => onError("a list entry is damaged", error);
    const now = this.#options.now();
    return [...store.lists.entries({ list, source }, report)].filter(
      ({ expiresAt }) => !isExpired(expiresAt, now / 1000),
    );
  }

  count(list: ListName, source: DenySource): number {
    return this.#options.store.lists.count(list, source);
  }

  /** Takes what an edge saw. Committed within some milliseconds, with whatever else comes by then. */
  record(offences: readonly Offence[]): void {
    for (const offence of offences) this.#waiting.push(offence);
    // At once, so that the edges find room for what they see next.
    this.#options.shared.makeRoom();
    this.#arm();
  }

  /** Resolves when everything recorded so far is committed. */
  flush(): Promise<void> {
    return this.#sequence.run(() => this.#commitWaiting());
  }

  /** One batch after the other, so that no more than one is ever in front of a command. */
  #arm(): void {
    if (this.#isBatchUnderWay || this.#waiting.length === 0) return;
    if (this.#timer === undefined) this.#timer = setTimeout(() => this.#onTimer(), BATCH_MS);
  }

  #onTimer(): void {
    this.#timer = undefined;
    this.#isBatchUnderWay = true;
    const goOn = (): void => {
      this.#isBatchUnderWay = false;
      this.#arm();
    };
    this.#sequence
      .run(() => this.#commitBatch())
      .then(goOn, (error: unknown) => {
        this.#options.onError("detected attacks could not be stored", error);
        goOn();
      });
  }

  /** Commits everything that waits by now; what comes meanwhile is the timer's. */
  async #commitWaiting(): Promise<void> {
    for (let left = this.#waiting.length; left > 0; left -= MAX_BATCH) await this.#commitBatch();
  }

  async #commitBatch(): Promise<void> {
    const offences = this.#waiting.splice(0, MAX_BATCH);
    if (offences.length === 0) return;
    const { store, switches } = this.#options;
    // Off if it was switched off while these were on their way.
    const isDetecting = switches.detection;
    try {
      const attacks = store.attacks.append(offences.map(attackOf));
      // Waited for together: of two that fail one after the other, the second would fail unheard.
      await Promise.all([attacks, isDetecting ? this.#deny(offences) : this.#forget(offences)]);
    } catch (error) {
      this.#lost += offences.length;
      throw error;
    } finally {
      this.#options.backlog.settle(offences.length);
    }
    if (isDetecting) await this.#trim(offences);
  }

  async #deny(offences: readonly Offence[]): Promise<void> {
    await this.#options.store.lists.put(this.#entriesOf(offences));
  }

  #entriesOf(offences: readonly Offence[]): ListEntry[] {
    const entries: ListEntry[] = [];
    for (const offence of offences) {
      const { api, at, client, expiresAt, isDenied, reason, requestId, source } = offence;
      if (!isDenied) continue;
      const denial = this.#entryOf("deny", client, source, at);
      const entry = { ...denial, api, expiresAt, reason, requestId };
      // The edge has done this already, unless its table was full.
      this.#options.shared.addStored(entry);
      entries.push(entry);
    }
    return entries;
  }

  async #trim(offences: readonly Offence[]): Promise<void> {
    const { store, shared, automaticLimit } = this.#options;
    for (const source of new Set(offences.map((offence) => offence.source))) {
      const excess = store.lists.count("deny", source) - automaticLimit;
      if (excess <= 0) continue;
      for (const entry of await store.lists.dropOldest(source, excess)) shared.removeStored(entry);
    }
  }

  async #forget(offences: readonly Offence[]): Promise<void> {
    const { shared, hashKey } = this.#options;
    for (const { client, isDenied, source } of offences) {
      if (!isDenied) continue;
      shared.remove(keyOf(client, hashKey), denyFlag(source));
    }
  }

  #entryOf(
    list: ListName,
    identifier: ClientIdentifier,
    source: DenySource,
    addedAt: number,
  ): ListEntry {
    const key = keyOf(identifier, this.#options.hashKey);
    return {
      list,
      source,
      kind: identifier.kind,
      name: identifier.name,
      value: identifier.value,
      key: keyBytes(key),
      prefix: key.prefix,
      expiresAt: 0,
      addedAt,
    };
  }
}

/** The entries but those that these sources denied. */
function* without(
  sources: ReadonlySet<DenySource>,
  entries: Iterable<ListKey>,
): Generator<ListKey> {
  for (const entry of entries) {
    if (entry.list === "allow" || !sources.has(entry.source)) yield entry;
  }
}

/** When an expiry comes; 0, which is never, last of all. */
function lasts(expiresAt: number): number {
  return expiresAt === 0 ? Number.POSITIVE_INFINITY : expiresAt;
}

function isRange({ kind, prefix }: ListEntry): boolean {
  return kind === "ip" && prefix !== 128;
}

function attackOf(offence: Offence): AttackRecord {
  const { at, api, source, client, ip, method, path, reason, requestId } = offence;
  return { at, api, code: source, client, ip, method, path, reason, requestId };
}
