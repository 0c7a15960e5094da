import { hkdfSync } from "node:crypto";

import type { Settings } from "@portcullis/config";
import {
  allocateLists,
  ClientLists,
  compileHashKey,
  DENY_SOURCES,
  SINGLE_ADDRESSES,
} from "@portcullis/core";
import {
  AddressRecords,
  ClientSpikes,
  ExpirySweep,
  ListKeeper,
  OffenceBacklog,
  LearnedUsersTable,
  SeenIdentities,
  SharedLists,
  SharedSwitches,
  type SwitchName,
} from "@portcullis/engine";
import type { Store } from "@portcullis/store";

import type { IdentityBuffers } from "../edge/messages.ts";

/** Room for so many more entries than the store holds when it starts; grown as they come. */
const FIRST_ROOM = 1000;
/** The control plane's name as a writer of the lists; edges are 1 and up. */
const CONTROL_WRITER = -1;
const SWEEP_EVERY_MS = 60_000;

/** The lists, switches and counts as all threads share them. */
export interface EnforcementState {
  readonly switches: SharedSwitches;
  readonly backlog: OffenceBacklog;
  readonly spikes: ClientSpikes;
  readonly identities: IdentityBuffers;
  readonly hashKey: Uint8Array;
  readonly lists: ClientLists;
  readonly keeper: ListKeeper;
  readonly sweep: ExpirySweep;
}

export interface EnforcementStateOptions {
  readonly settings: Settings;
  readonly store: Store;
  readonly installationKey: Uint8Array;
  /** Hands a part of the lists that was built anew to every edge. */
  readonly publishPart: (part: SharedArrayBuffer) => void;
  readonly report: (what: string, error: unknown) => void;
}

/** Builds the lists and switches in shared memory from what the store holds. */
export function loadEnforcementState(options: EnforcementStateOptions): EnforcementState {
  const { installationKey, publishPart, report, settings, store } = options;
  const hashKey = deriveKey(installationKey, "list keys", 16);
  const compiledKey = compileHashKey(hashKey);
  const switches = loadSwitches(settings, store);
  const backlog = new OffenceBacklog();
  const { capacity } = settings.lists;
  const buffers = allocateLists(Math.min(capacity, countEntries(store) + FIRST_ROOM), capacity);
  const lists = new ClientLists({
    key: compiledKey,
    buffers,
    writerId: CONTROL_WRITER,
    // Only this thread grows the lists, and it attaches what it grew by itself.
    replaced: () => undefined,
  });
  const shared = new SharedLists({ lists, publishPart, nowSeconds });
  const keeper = new ListKeeper({
    store,
    switches,
    backlog,
    hashKey: compiledKey,
    shared,
    automaticLimit: settings.lists.automaticLimit,
    onError: report,
    now: Date.now,
  });
  return {
    switches,
    backlog,
    spikes: new ClientSpikes(compiledKey),
    identities: {
      seen: new SeenIdentities().buffer,
      learned: new LearnedUsersTable().buffer,
      addresses: new AddressRecords(compiledKey, SINGLE_ADDRESSES).buffer,
    },
    hashKey,
    lists,
    keeper,
    sweep: new ExpirySweep({
      store,
      shared,
      everyMs: SWEEP_EVERY_MS,
      attacksKeptMs: settings.reports.keep,
      nowSeconds,
      onError: report,
    }),
  };
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

function countEntries(store: Store): number {
  const denied = DENY_SOURCES.map((source) => store.lists.count("deny", source));
  return denied.reduce((sum, count) => sum + count, store.lists.count("allow", "manual"));
}

/** A key for one purpose out of the installation's secret: none tells anything of another (RFC 5869). */
export function deriveKey(secret: Uint8Array, purpose: string, length: number): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", secret, "", `portcullis ${purpose}`, length));
}

/** A switch thrown at run time goes before the configuration's initial value. */
function loadSwitches({ enforcement }: Settings, store: Store): SharedSwitches {
  const switches = new SharedSwitches();
  const load = (name: SwitchName, initial: boolean): void => {
    const kept = store.switches.get(name);
    switches.set(name, typeof kept === "boolean" ? kept : initial);
  };
  load("firewall", enforcement.firewall);
  load("ase_detected_attack", enforcement.aseDetectedAttack);
  return switches;
}
