import { type CompiledApi, formatAddress, type Policy, type RequestView } from "@portcullis/core";
import {
  type ByteMeter,
  type Counters,
  type CutCause,
  type Enforcer,
  OpenClient,
} from "@portcullis/engine";
import type { ServerPlace } from "@portcullis/upstream";
import type { WebSocket } from "ws";

import type { Recorder } from "../recorder.ts";
import type { RequestFacts } from "../request-facts.ts";
import type { UpgradeContext, Uws, UwsRequest, UwsResponse, UwsWebSocketBehavior } from "../uws.ts";
import type { WebSocketLimits } from "./limits.ts";
import {
  type Metering,
  type SessionHolder,
  type SessionOwner,
  WebSocketSession,
} from "./session.ts";

/** How often the lists are looked at for a change, while sockets are open. */
const WATCH_MS = 4;
/** How often the clock is looked at for each socket, at most. */
const SWEEP_MS = 1_000;
/** Where the lists change all the time, asking them again takes half of the thread, not all of it. */
const REST_FACTOR = 1;
/** Bytes that may wait for the upstream of one socket, and for those of all sockets of an edge. */
const WAITING_BYTES = 64 * 1024 * 1024;
const ALL_WAITING_BYTES = 256 * 1024 * 1024;
/** A client that does not answer a ping within this is not there any more; the engine sends them. */
const CLIENT_TIMEOUT_SECONDS = 60;

export interface SessionsOptions {
  readonly enforcer: Enforcer;
  readonly recorder: Recorder;
  readonly counters: Counters;
  readonly meter: ByteMeter;
  readonly limits: WebSocketLimits;
}

/**
 * The open WebSockets of one edge.
 *
 * While there are any, a timer compares the lists' generation, the firewall switch and the policy with
 * what it saw last, and asks the lists about every client again when one of them has changed.
 */
export class WebSocketSessions implements SessionOwner {
  readonly limits: WebSocketLimits;
  now: number = performance.now();
  readonly #options: SessionsOptions;
  readonly #open = new Set<WebSocketSession>();
  readonly #sweepMs: number;
  #timer: NodeJS.Timeout | undefined = undefined;
  #generation = 0;
  #firewall = false;
  #isPolicyNew = false;
  #waiting = 0;
  #checkFrom = 0;
  #sweepFrom = 0;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.limits = options.limits;
    const shortest = Math.min(options.limits.idleMs, options.limits.lifetimeMs);
    this.#sweepMs = Math.min(SWEEP_MS, Math.max(WATCH_MS, shortest / 4));
    options.counters.setOpenWebSockets(0);
  }

  get size(): number {
    return this.#open.size;
  }

  /** Joins the two sides of a socket whose upstream has agreed. */
  begin(
    upstream: WebSocket,
    client: OpenClient,
    api: CompiledApi,
    facts: RequestFacts,
    place: ServerPlace,
  ): WebSocketSession {
    const { enforcer } = this.#options;
    if (facts.identities !== undefined) enforcer.succeeded(facts.identities, Date.now());
    if (this.#open.size === 0) this.#startWatching();
    const session = new WebSocketSession({
      owner: this,
      upstream,
      facts,
      client,
      api,
      place,
      meterIn: this.#metering(api, client, "in"),
      meterOut: this.#metering(api, client, "out"),
    });
    this.#open.add(session);
    this.#options.counters.setOpenWebSockets(this.#open.size);
    return session;
  }

  /** A client as it can be asked about later; `request` has been decided. */
  remember(request: RequestView): OpenClient {
    return new OpenClient(request);
  }

  /** Whether `client` has been denied since it was let in. */
  isDenied(client: OpenClient, api: CompiledApi): boolean {
    return this.#options.enforcer.standingOf(client, api, nowSeconds()) === "denied";
  }

  /** What `upgrade` leads to, for the engine. A handler that throws costs its socket only. */
  behavior(
    uws: Uws,
    upgrade: (res: UwsResponse, req: UwsRequest, context: UpgradeContext) => void,
    onError: (error: unknown) => void,
  ): UwsWebSocketBehavior<SessionHolder> {
    const { maxMessageBytes } = this.limits;
    return {
      // Past its own limit the engine cuts without a word. Up to twice ours we can say 1009.
      maxPayloadLength: maxMessageBytes * 2,
      maxBackpressure: maxMessageBytes * 2,
      idleTimeout: CLIENT_TIMEOUT_SECONDS,
      sendPingsAutomatically: true,
      compression: uws.SHARED_COMPRESSOR | uws.SHARED_DECOMPRESSOR,
      upgrade,
      open: (socket) => {
        const { session } = socket.getUserData();
        session.attach(socket);
        this.#check(session);
      },
      message: (socket, message, isBinary) => {
        try {
          socket.getUserData().session.onClientMessage(message, isBinary);
        } catch (error) {
          onError(error);
          socket.close();
        }
      },
      drain: (socket) => socket.getUserData().session.onClientDrain(),
      close: (socket, code, reason) => {
        const text = Buffer.from(reason).toString("utf8");
        try {
          socket.getUserData().session.onClientClose(code, text);
        } catch (error) {
          onError(error);
        }
      },
    };
  }

  /** Every open socket is held by the API of the same id in `policy` from now on. */
  policyReplaced(policy: Policy): void {
    const apis = new Map(policy.apis.map((api) => [api.id, api]));
    for (const session of this.#open) {
      const api = apis.get(session.api.id);
      if (api === undefined) session.cut("api-removed");
      else session.api = api;
    }
    this.#isPolicyNew = true;
  }

  /** Ends every socket because the proxy stops. */
  closeAll(): void {
    for (const session of this.#open) session.cut("shutdown");
  }

  countMessage(session: WebSocketSession, direction: 0 | 1, bytes: number): boolean {
    const { counters, enforcer, meter } = this.#options;
    counters.countMessage(direction, bytes);
    const metering = direction === 0 ? session.meterIn : session.meterOut;
    if (metering === undefined) return false;
    const isPast = meter.isPast(metering.key, bytes, metering.threshold, Date.now());
    // Flow control belongs to the firewall; an allowed client is never stopped, and a monitored API
    // changes no traffic.
    const isHeld = enforcer.firewall && session.api.definition.enableBlocking;
    return isPast && isHeld && session.standing !== "allowed";
  }

  hasRoom(session: WebSocketSession, waiting: number): boolean {
    if (waiting > Math.max(WAITING_BYTES, 2 * this.limits.maxMessageBytes)) return false;
    this.#waiting += waiting - session.waited;
    session.waited = waiting;
    if (this.#waiting <= ALL_WAITING_BYTES) return true;
    // What others had waiting may have gone since their last message.
    this.#waiting = 0;
    for (const each of this.#open) {
      each.waited = each.waiting;
      this.#waiting += each.waited;
    }
    return this.#waiting <= ALL_WAITING_BYTES;
  }

  onOver(session: WebSocketSession, cause: CutCause | undefined): void {
    this.#open.delete(session);
    session.place.release("answered");
    this.#waiting -= session.waited;
    const { counters, recorder } = this.#options;
    counters.setOpenWebSockets(this.#open.size);
    if (cause !== undefined) {
      session.facts.fault = cause;
      counters.countCut(cause);
    }
    recorder.socketClosed(session.facts);
    if (this.#open.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #startWatching(): void {
    this.now = performance.now();
    this.#sweepFrom = this.now + this.#sweepMs;
    this.#timer = setInterval(() => this.#watch(), WATCH_MS);
  }

  #watch(): void {
    const { enforcer } = this.#options;
    this.now = performance.now();
    if (this.now >= this.#sweepFrom) {
      this.#sweepFrom = this.now + this.#sweepMs;
      for (const session of this.#open) session.tick();
    }
    // Read before the lists are asked: a change in between is seen the next time.
    const generation = enforcer.listsGeneration;
    const { firewall } = enforcer;
    const isChanged =
      this.#isPolicyNew || generation !== this.#generation || firewall !== this.#firewall;
    if (!isChanged || this.now < this.#checkFrom) return;
    this.#generation = generation;
    this.#firewall = firewall;
    this.#isPolicyNew = false;
    for (const session of this.#open) this.#check(session);
    const end = performance.now();
    this.#checkFrom = end + (end - this.now) * REST_FACTOR;
  }

  #check(session: WebSocketSession): void {
    const { enforcer } = this.#options;
    session.standing = enforcer.standingOf(session.client, session.api, nowSeconds());
    if (session.standing === "denied") session.cut("denied");
  }

  #metering(api: CompiledApi, client: OpenClient, direction: "in" | "out"): Metering | undefined {
    const { bytesIn, bytesOut } = api.definition.flowControl;
    const threshold = direction === "in" ? bytesIn : bytesOut;
    if (threshold.count === 0) return undefined;
    const address = formatAddress(client.address);
    return { threshold, key: this.#options.enforcer.meterKey(api, direction, address) };
  }
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
