import { hkdfSync } from "node:crypto";

import { type Settings } from "@portcullis/config";
import { allocateLists, ClientLists, compileHashKey, type ListBuffers } from "@portcullis/core";
import {
  ClientSpikes,
  ListKeeper,
  OffenceBacklog,
  SharedLists,
  SharedSwitches,
  type SwitchName,
} from "@portcullis/engine";
import { type Store } from "@portcullis/store";

/** Room for some thousand entries; grown as they come. */
const FIRST_TABLE_SLOTS = 2 ** 14;
/** The control plane's name as a writer of the lists; edges are 1 and up. */
const CONTROL_WRITER = -1;

/** The lists, switches and counts as all threads share them. */
export interface EnforcementState {
  readonly switches: SharedSwitches;
  readonly backlog: OffenceBacklog;
  readonly spikes: ClientSpikes;
  readonly hashKey: Uint8Array;
  readonly buffers: ListBuffers;
  readonly lists: ClientLists;
  readonly keeper: ListKeeper;
}

export interface EnforcementStateOptions {
  readonly settings: Settings;
  readonly store: Store;
  readonly installationKey: Uint8Array;
  /** Hands a grown list table to every edge. */
  readonly publishTable: (table: SharedArrayBuffer) => void;
  readonly report: (what: string, error: unknown) => void;
}

/** Builds the lists and switches in shared memory from what the store holds. */
export function loadEnforcementState(options: EnforcementStateOptions): EnforcementState {
  const { installationKey, publishTable, report, settings, store } = options;
  const hashKey = deriveKey(installationKey, "list keys", 16);
  const compiledKey = compileHashKey(hashKey);
  const switches = loadSwitches(settings, store);
  const backlog = new OffenceBacklog();
  const buffers = allocateLists(FIRST_TABLE_SLOTS);
  let { table } = buffers;
  const lists = new ClientLists({
    key: compiledKey,
    buffers,
    writerId: CONTROL_WRITER,
    // Only this thread grows the table, and it attaches what it grew by itself.
    replaced: () => undefined,
  });
  const keeper = new ListKeeper({
    store,
    switches,
    backlog,
    hashKey: compiledKey,
    shared: new SharedLists({
      lists,
      maxSlots: slotsFor(settings.lists.capacity),
      publishTable: (grown) => {
        table = grown;
        publishTable(grown);
      },
      nowSeconds,
    }),
    automaticLimit: settings.lists.automaticLimit,
    onError: report,
    now: Date.now,
  });
  // What the store holds may have needed more room already: the edges start with the table in force.
  return {
    switches,
    backlog,
    spikes: new ClientSpikes(compiledKey),
    hashKey,
    buffers: { control: buffers.control, table },
    lists,
    keeper,
  };
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** The smallest table that takes `entries`: 25 in 32 slots may be taken, and a table is a power of two. */
function slotsFor(entries: number): number {
  return 2 ** Math.ceil(Math.log2((entries * 32) / 25));
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
