import type { DenySource } from "@portcullis/core";
import type { Counters, ListKeeper, SharedSwitches, SwitchName } from "@portcullis/engine";
import type { AuditLog } from "@portcullis/logs";
import type { ListName, Store } from "@portcullis/store";

import type { CounterRows } from "./counter-rows.ts";
import type { DefinitionRegistry } from "./definition-registry.ts";
import type { EdgePool } from "./edge-pool.ts";
import type { ServerWatch } from "./server-watch.ts";

/** Bytes that one entry of the lists takes at the most. */
const ENTRY_BYTES = 32;

export interface ControlPlaneParts {
  readonly store: Store;
  readonly switches: SharedSwitches;
  readonly lists: ListKeeper;
  readonly definitions: DefinitionRegistry;
  readonly edges: EdgePool;
  readonly edgeCount: number;
  readonly servers: ServerWatch;
  readonly counters: readonly Counters[];
  readonly rows: CounterRows;
  readonly auditLog: AuditLog;
  readonly httpPort: () => number;
  readonly httpsPort: () => number;
  readonly listEntries: () => { readonly max: number; readonly listed: number };
  /** Ranges of addresses that others speak through. */
  readonly trustedProxies: readonly string[];
  readonly report: (what: string, error: unknown) => void;
}

/** The blocks of `status`, in the words of the REST contract. */
export interface StatusReport {
  readonly mode: "inline";
  readonly http: number;
  /** Left out without a TLS listener. */
  readonly https?: number;
  readonly firewall: "enabled" | "disabled";
  readonly ase_detected_attack: "enabled" | "disabled";
  readonly audit: "enabled";
  readonly attack_list_memory: {
    readonly configured: number;
    readonly used: number;
    readonly free: number;
  };
  readonly log_level: "info";
  readonly timezone: string;
}

/** What the management listener works on: the installation's state, and the ways to change it. */
export class ControlPlane {
  readonly switches: SharedSwitches;
  readonly lists: ListKeeper;
  readonly definitions: DefinitionRegistry;
  readonly edges: EdgePool;
  readonly servers: ServerWatch;
  readonly counters: readonly Counters[];
  readonly rows: CounterRows;
  readonly report: (what: string, error: unknown) => void;
  readonly trustedProxies: readonly string[];
  readonly #parts: ControlPlaneParts;
  #isStopping = false;

  constructor(parts: ControlPlaneParts) {
    this.#parts = parts;
    this.switches = parts.switches;
    this.lists = parts.lists;
    this.definitions = parts.definitions;
    this.edges = parts.edges;
    this.servers = parts.servers;
    this.counters = parts.counters;
    this.rows = parts.rows;
    this.report = parts.report;
    this.trustedProxies = parts.trustedProxies;
  }

  /** What keeps requests from being served; empty: nothing does. */
  notReady(): string[] {
    if (this.#isStopping) return ["the proxy is stopping"];
    const missing = this.#parts.edgeCount - this.edges.listening;
    return missing > 0 ? [`${missing} of ${this.#parts.edgeCount} edges are not listening`] : [];
  }

  /** From now on the proxy is not ready. */
  announceStop(): void {
    this.#isStopping = true;
  }

  /**
   * Throws a switch on every thread and commits it. Switching detection off deletes what detection
   * put on the deny list.
   */
  async setSwitch(name: SwitchName, isOn: boolean): Promise<void> {
    await this.#parts.store.switches.set(name, isOn);
    this.switches.set(name, isOn);
    if (name === "ase_detected_attack" && !isOn) await this.lists.dropDetected();
  }

  audit(action: string, resources: Readonly<Record<string, string>>): void {
    this.#parts.auditLog.record({
      timeMs: Date.now(),
      subject: "rest_api",
      action,
      resources: Object.entries({ username: "admin", ...resources }).map(([name, value]) => ({
        name,
        value,
        secret: false,
      })),
    });
  }

  countListed(list: ListName, source: DenySource): number {
    return this.lists.count(list, source);
  }

  status(): StatusReport {
    const { listed, max } = this.#parts.listEntries();
    return {
      mode: "inline",
      http: this.#parts.httpPort(),
      ...(this.#parts.httpsPort() === 0 ? {} : { https: this.#parts.httpsPort() }),
      firewall: this.switches.firewall ? "enabled" : "disabled",
      ase_detected_attack: this.switches.detection ? "enabled" : "disabled",
      audit: "enabled",
      attack_list_memory: {
        configured: max * ENTRY_BYTES,
        used: listed * ENTRY_BYTES,
        free: (max - listed) * ENTRY_BYTES,
      },
      log_level: "info",
      timezone: "utc",
    };
  }
}
