import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";

import type { PolicySnapshot } from "@portcullis/core";
import { ByteMeter, type Counters, type Offence } from "@portcullis/engine";
import type { KeySetSource } from "@portcullis/token-pool/verify";

import type { EdgeData, EdgeSettings, FromEdge, NumberedPolicy, ToEdge } from "../edge/messages.ts";
import { EdgeStartError } from "../errors.ts";
import type { Excess } from "../server/connection-excess.ts";
import { limitHead } from "../server/load-uws.ts";
import type { TlsSettings } from "../server/tls-server.ts";
import type { ServerSeats } from "../server/upstreams.ts";
import type { StagedPolicy } from "./definition-registry.ts";
import type { EnforcementState } from "./enforcement-state.ts";
import type { ServerWatch } from "./server-watch.ts";
import type { TokenKeys } from "./token-keys.ts";

const RESTART_DELAY_MS = 100;
/** For an edge that has not even come to listen: what keeps it from that does not go so fast. */
const RETRY_DELAY_MS = 1_000;
/** An edge that does not take a policy is not waited for longer: it hangs. */
const ACKNOWLEDGE_MS = 5_000;
const STOP_MS = 15_000;
const PING_MS = 1_000;
/** One that leaves so many pings in a row unanswered hangs, too. Not a time: the machine may have slept. */
const MOST_UNANSWERED = 10;

export interface EdgePoolOptions {
  readonly count: number;
  readonly settings: EdgeSettings;
  readonly policy: NumberedPolicy;
  /** The lists, switches and counts that the edges share. */
  readonly shared: Pick<
    EnforcementState,
    "backlog" | "hashKey" | "identities" | "lists" | "spikes" | "switches"
  >;
  /** One for each edge; they outlive a crashed one. */
  readonly counters: readonly Counters[];
  readonly servers: ServerWatch;
  readonly tokenKeys: Pick<TokenKeys, "current" | "refresh">;
  readonly onOffences: (offences: readonly Offence[]) => void;
  readonly onTrouble: (what: string, error: unknown) => void;
}

interface RunningEdge {
  readonly number: number;
  readonly worker: Worker;
  readonly listParts: MessagePort;
  isListening: boolean;
  /** The newest policy it has taken. */
  policyVersion: number;
  /** Pings that it has not answered. */
  unanswered: number;
  /** It will not do anything any more, and cannot be ended: the engine aborts the process over that. */
  isHung: boolean;
}

/** Starts the edge threads, brings them what changes, and starts those again that fail. */
export class EdgePool {
  readonly #options: EdgePoolOptions;
  readonly #edges = new Map<number, RunningEdge>();
  readonly #waiters = new Set<() => void>();
  readonly #byteMeter = new ByteMeter();
  #policy: NumberedPolicy;
  #port = 0;
  #httpsPort = 0;
  /** What new edges are started with. */
  #settings: EdgeSettings;
  #build = "";
  #restarts = 0;
  /** All edges have listened once: from now on those that end are started again. */
  #isStarted = false;
  #isStopping = false;
  readonly #pulse: NodeJS.Timeout;
  #tellHung: () => void = () => undefined;
  /** Resolves when an edge hangs: nobody can end it but by ending the process. */
  readonly hung: Promise<void> = new Promise((resolve) => {
    this.#tellHung = resolve;
  });

  constructor(options: EdgePoolOptions) {
    this.#options = options;
    this.#policy = options.policy;
    this.#settings = options.settings;
    limitHead(options.settings.headerBytes);
    this.#pulse = setInterval(() => this.#ping(), PING_MS).unref();
  }

  /** Whether an edge hangs. */
  get isHung(): boolean {
    return [...this.#edges.values()].some((edge) => edge.isHung);
  }

  /** The port the edges listen on. */
  get port(): number {
    return this.#port;
  }

  /** The port of the TLS listener; 0: there is none. */
  get httpsPort(): number {
    return this.#httpsPort;
  }

  /** Which build of the engine runs. */
  get build(): string {
    return this.#build;
  }

  get restarts(): number {
    return this.#restarts;
  }

  /** How many edges take requests. */
  get listening(): number {
    return [...this.#edges.values()].filter((edge) => edge.isListening).length;
  }

  /** Starts all edges. Rejects with `EdgeStartError` if one of them cannot listen. */
  async start(): Promise<void> {
    // One after the other: where the port is 0, the first one finds it for all.
    for (let number = 1; number <= this.#options.count; number++) {
      await this.#startFirst(number);
    }
    this.#isStarted = true;
    this.#options.servers.check(this.#policy.snapshot.definitions, this.#policy.seats);
  }

  /**
   * Finds room for the servers of a policy, before anything else is done with it. Throws
   * `ConflictError`, and changes nothing, if there is none.
   */
  stage(snapshot: PolicySnapshot, rows: readonly number[]): StagedPolicy {
    const seats = this.#options.servers.assign(snapshot.definitions);
    return {
      publish: () => this.#publish(snapshot, rows, seats),
      discard: () => this.#options.servers.undoAssign(),
    };
  }

  /** Hands a part of the lists to every edge. Each finds it when it looks for it, synchronously. */
  publishPart(part: SharedArrayBuffer): void {
    for (const edge of this.#edges.values()) edge.listParts.postMessage(part);
  }

  /** Brings new certificates to every edge. */
  publishCertificates(tls: TlsSettings): void {
    const { https } = this.#settings;
    if (https === undefined || this.#isStopping) return;
    this.#settings = { ...this.#settings, https: { ...https, tls } };
    for (const edge of this.#edges.values()) tell(edge, { kind: "certificates", tls });
  }

  /** Brings an issuer's new keys to every edge. */
  publishTokenKeys(issuer: string, keys: KeySetSource): void {
    for (const edge of this.#edges.values()) tell(edge, { kind: "token-keys", issuer, keys });
  }

  /** Tells each edge its part of the connections that are too many: the kernel spreads them evenly. */
  publishExcess(excess: Excess): void {
    const parts = excess.map(([address, connections]): Excess[number] => [
      address,
      Math.ceil(connections / Math.max(1, this.#edges.size)),
    ]);
    for (const edge of this.#edges.values()) tell(edge, { kind: "excess", excess: parts });
  }

  reopenLogs(): void {
    for (const edge of this.#edges.values()) tell(edge, { kind: "reopen-log" });
  }

  /** Lets requests end, then every edge end. One that does not is left behind: see `isHung`. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#pulse);
    for (const edge of this.#edges.values()) tell(edge, { kind: "stop" });
    await this.#until(() => [...this.#edges.values()].every((edge) => edge.isHung), STOP_MS);
    for (const edge of this.#edges.values()) this.#giveUp(edge);
  }

  #ping(): void {
    for (const edge of this.#edges.values()) {
      if (!edge.isListening) continue;
      if (edge.unanswered >= MOST_UNANSWERED) this.#giveUp(edge);
      else {
        edge.unanswered++;
        tell(edge, { kind: "ping" });
      }
    }
  }

  #giveUp(edge: RunningEdge): void {
    if (edge.isHung) return;
    edge.isHung = true;
    edge.isListening = false;
    this.#options.onTrouble(`edge ${edge.number} does not answer`, undefined);
    this.#tellHung();
    this.#wake();
  }

  /** Brings a policy to every edge; resolves when each one that runs has taken it. */
  async #publish(
    snapshot: PolicySnapshot,
    rows: readonly number[],
    seats: ServerSeats,
  ): Promise<void> {
    const policy = { version: this.#policy.version + 1, snapshot, rows, seats };
    this.#policy = policy;
    for (const edge of this.#edges.values()) tell(edge, { kind: "policy", policy });
    await this.#until(() => this.#laggards(policy.version).length === 0);
    for (const edge of this.#laggards(policy.version)) this.#giveUp(edge);
    this.#options.servers.check(snapshot.definitions, seats);
  }

  /** The settings with the ports that the first edge found, where they were left to it. */
  #boundSettings(): EdgeSettings {
    const { https, port } = this.#settings;
    return {
      ...this.#settings,
      port: this.#port === 0 ? port : this.#port,
      https: https && { ...https, port: this.#httpsPort === 0 ? https.port : this.#httpsPort },
    };
  }

  #laggards(version: number): RunningEdge[] {
    return [...this.#edges.values()].filter((edge) => edge.policyVersion < version && !edge.isHung);
  }

  #startFirst(number: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const edge = this.#spawn(number);
      edge.worker.on("message", (message: FromEdge) => {
        if (message.kind === "listening") resolve();
        if (message.kind === "failed") reject(new EdgeStartError(message.message));
      });
      edge.worker.once("exit", () => reject(new EdgeStartError("an edge ended as it started")));
    });
  }

  #spawn(number: number): RunningEdge {
    const { port1, port2 } = new MessageChannel();
    const counters = this.#options.counters[number - 1];
    if (counters === undefined) throw new TypeError(`no counters for edge ${number}`);
    const { shared } = this.#options;
    const data: EdgeData = {
      number,
      settings: this.#boundSettings(),
      policy: this.#policy,
      switches: shared.switches.buffer,
      backlog: shared.backlog.buffer,
      spikes: shared.spikes.buffer,
      identities: shared.identities,
      counters: counters.buffer,
      serverStates: this.#options.servers.buffer,
      byteMeter: this.#byteMeter.buffer,
      lists: shared.lists.buffers(),
      listParts: port2,
      hashKey: shared.hashKey,
      tokenIssuers: this.#options.tokenKeys.current(),
    };
    const worker = new Worker(new URL(import.meta.resolve("@portcullis/proxy/edge")), {
      workerData: data,
      transferList: [port2],
      // Or the source condition of a test runner leaks into the thread, which runs built files.
      execArgv: [],
    });
    const version = this.#policy.version;
    const edge: RunningEdge = {
      number,
      worker,
      listParts: port1,
      isListening: false,
      policyVersion: version,
      unanswered: 0,
      isHung: false,
    };
    this.#edges.set(number, edge);
    worker.on("message", (message: FromEdge) => this.#onMessage(edge, message));
    worker.on("error", (error) => this.#options.onTrouble(`edge ${number} failed`, error));
    worker.on("exit", () => this.#onExit(edge));
    return edge;
  }

  #onMessage(edge: RunningEdge, message: FromEdge): void {
    switch (message.kind) {
      case "listening":
        edge.isListening = true;
        this.#port = message.port;
        this.#httpsPort = message.httpsPort;
        this.#build = message.build;
        break;
      case "policy-taken":
        edge.policyVersion = message.version;
        break;
      case "offences":
        this.#options.onOffences(message.offences);
        return;
      case "keys-wanted":
        void this.#answerWithKeys(edge, message.issuer);
        return;
      case "trouble":
        this.#options.onTrouble(`edge ${edge.number} ${message.what}`, new Error(message.message));
        return;
      case "pong":
        edge.unanswered = 0;
        return;
      case "failed":
        this.#options.onTrouble(`edge ${edge.number} failed`, new EdgeStartError(message.message));
        break;
      default:
        throw new TypeError("unknown message");
    }
    this.#wake();
  }

  async #answerWithKeys(edge: RunningEdge, issuer: string): Promise<void> {
    const keys = await this.#options.tokenKeys.refresh(issuer);
    tell(edge, { kind: "token-keys", issuer, keys });
  }

  #onExit(edge: RunningEdge): void {
    edge.listParts.close();
    // It may have died while it held the writers' lock.
    this.#options.shared.lists.breakLock(edge.number);
    this.#options.servers.releaseEdge(edge.number);
    this.#edges.delete(edge.number);
    this.#wake();
    if (this.#isStopping || !(edge.isListening || this.#isStarted)) return;
    this.#restarts++;
    const delayMs = edge.isListening ? RESTART_DELAY_MS : RETRY_DELAY_MS;
    setTimeout(() => {
      if (!this.#isStopping) this.#spawn(edge.number);
    }, delayMs);
  }

  #wake(): void {
    for (const waiter of this.#waiters) waiter();
  }

  /** Waits until something an edge says makes `isMet` true, or the time is up. */
  #until(isMet: () => boolean, limitMs: number = ACKNOWLEDGE_MS): Promise<void> {
    if (isMet()) return Promise.resolve();
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        resolve();
      };
      const timer = setTimeout(finish, limitMs);
      const waiter = (): void => {
        if (isMet()) finish();
      };
      this.#waiters.add(waiter);
    });
  }
}

function tell(edge: RunningEdge, message: ToEdge): void {
  edge.worker.postMessage(message);
}
