import type { CompiledApi, Threshold } from "@portcullis/core";
import type { CutCause, OpenClient, Standing } from "@portcullis/engine";
import type { ServerPlace } from "@portcullis/upstream";
import type { WebSocket } from "ws";

import type { RequestFacts } from "../request-facts.ts";
import type { UwsWebSocket } from "../uws.ts";
import type { WebSocketLimits } from "./limits.ts";

/** What the engine keeps with each of its sockets. */
export interface SessionHolder {
  readonly session: WebSocketSession;
}

/** What sessions report to, and share. */
export interface SessionOwner {
  readonly limits: WebSocketLimits;
  /** Of the clock that never jumps, in milliseconds; as of the last tick. */
  readonly now: number;
  /** Counts a message; whether its bytes are past the client's threshold. */
  countMessage(session: WebSocketSession, direction: 0 | 1, bytes: number): boolean;
  /** Whether `waiting` bytes may wait for the upstream of `session`. */
  hasRoom(session: WebSocketSession, waiting: number): boolean;
  /** Told once, when both sides are closed or being closed. */
  onOver(session: WebSocketSession, cause: CutCause | undefined): void;
}

/** The counters' keys of the thresholds that the client's API has. */
export interface Metering {
  readonly threshold: Threshold;
  readonly key: Int32Array;
}

export interface SessionOptions {
  readonly owner: SessionOwner;
  readonly upstream: WebSocket;
  readonly facts: RequestFacts;
  readonly client: OpenClient;
  readonly api: CompiledApi;
  readonly place: ServerPlace;
  readonly meterIn: Metering | undefined;
  readonly meterOut: Metering | undefined;
}

/** Bytes that wait for a client before its upstream is paused, and under which it goes on. */
const SLOW_ABOVE = 256 * 1024;
const READY_BELOW = 64 * 1024;
/** Messages under this are not worth their compression. */
const COMPRESS_FROM = 1024;
/** How often an upstream has to show that it is there. */
const PING_MS = 30_000;

/** What the engine says of a message that it did not queue. */
const DROPPED = 2;

const GOING_AWAY = 1001;
const NO_CODE = 1005;
const CUT_OFF = 1006;

/** What a client is told, by cause. The upstream learns only that it has gone. */
const CUTS: Readonly<Record<CutCause, readonly [code: number, reason: string]>> = {
  denied: [1008, "denied"],
  "bytes-in": [1008, "too many bytes"],
  "bytes-out": [1008, "too many bytes"],
  "message-too-big": [1009, "message too big"],
  "client-slow": [1008, "too slow"],
  "upstream-slow": [1013, "try again later"],
  idle: [GOING_AWAY, "idle"],
  lifetime: [GOING_AWAY, "lifetime is over"],
  "api-removed": [GOING_AWAY, "going away"],
  shutdown: [GOING_AWAY, "going away"],
};

/**
 * One open WebSocket: the client's side, the upstream's, and the messages between them, each whole
 * and in order. Pings are answered on each side by itself.
 */
export class WebSocketSession {
  readonly client: OpenClient;
  readonly facts: RequestFacts;
  /** At its server; given back when the session is over. */
  readonly place: ServerPlace;
  readonly meterIn: Metering | undefined;
  readonly meterOut: Metering | undefined;
  /** Of the policy in force. */
  api: CompiledApi;
  /** Bytes that waited for the upstream after the last message. */
  waited = 0;
  /** As the lists had it when they were last asked. */
  standing: Standing = "unlisted";
  readonly #owner: SessionOwner;
  readonly #upstream: WebSocket;
  readonly #openedAt: number;
  #downstream: UwsWebSocket<SessionHolder> | undefined = undefined;
  #messageAt: number;
  #pingedAt: number;
  #hasPong = true;
  #isOver = false;

  constructor(options: SessionOptions) {
    const { owner, upstream } = options;
    this.#owner = owner;
    this.#upstream = upstream;
    this.client = options.client;
    this.facts = options.facts;
    this.api = options.api;
    this.place = options.place;
    this.meterIn = options.meterIn;
    this.meterOut = options.meterOut;
    this.#openedAt = owner.now;
    this.#messageAt = owner.now;
    this.#pingedAt = owner.now;
    upstream.on("message", (data: Buffer, isBinary) => this.#onUpstreamMessage(data, isBinary));
    upstream.on("pong", () => {
      this.#hasPong = true;
    });
    upstream.on("close", (code, reason) => this.#onUpstreamClose(code, reason));
    // `close` follows, and says that the connection was cut.
    upstream.on("error", () => undefined);
  }

  /** The engine's side of it is open. */
  attach(downstream: UwsWebSocket<SessionHolder>): void {
    this.#downstream = downstream;
  }

  /** Ends both sides: the client is told why. */
  cut(cause: CutCause): void {
    if (this.#isOver) return;
    const [code, reason] = CUTS[cause];
    this.#finish(cause);
    this.#downstream?.end(code, reason);
    // A close frame would wait behind all that does not fit.
    if (cause === "upstream-slow") this.#upstream.terminate();
    else this.#upstream.close(GOING_AWAY);
    // It has no more to say that anybody would hear, and must not wait for a reader.
    this.#upstream.resume();
  }

  onClientMessage(message: ArrayBuffer, isBinary: boolean): void {
    if (this.#isOver) return;
    const { byteLength } = message;
    const { maxMessageBytes } = this.#owner.limits;
    if (byteLength > maxMessageBytes) {
      this.cut("message-too-big");
      return;
    }
    this.#messageAt = this.#owner.now;
    this.facts.bytesIn += byteLength;
    if (this.#owner.countMessage(this, 0, byteLength)) {
      this.cut("bytes-in");
      return;
    }
    if (this.#upstream.readyState !== this.#upstream.OPEN) return;
    // The engine empties the buffer when this returns; the upstream may keep its copy longer.
    this.#upstream.send(new Uint8Array(message.slice(0)), {
      binary: isBinary,
      compress: byteLength >= COMPRESS_FROM,
    });
    // The engine cannot stop reading from a WebSocket: what does not fit any more ends it.
    if (!this.#owner.hasRoom(this, this.waiting)) this.cut("upstream-slow");
  }

  /** Bytes that wait for the upstream. */
  get waiting(): number {
    return this.#upstream.bufferedAmount;
  }

  onClientDrain(): void {
    if (this.#isOver || !this.#upstream.isPaused) return;
    if ((this.#downstream?.getBufferedAmount() ?? 0) < READY_BELOW) this.#upstream.resume();
  }

  /**
   * The client has closed, or its connection is cut. The engine tells the two apart by the code; but a
   * close frame with a code from 1012 to 3999 it calls a cut as well.
   */
  onClientClose(code: number, reason: string): void {
    this.#downstream = undefined;
    if (this.#isOver) return;
    this.#finish(undefined);
    this.#upstream.resume();
    if (code === CUT_OFF) this.#upstream.terminate();
    else if (code === NO_CODE) this.#upstream.close();
    else this.#upstream.close(code, reason);
  }

  /** Looks at the clock. */
  tick(): void {
    const { limits, now } = this.#owner;
    if (now - this.#openedAt >= limits.lifetimeMs) this.cut("lifetime");
    else if (now - this.#messageAt >= limits.idleMs) this.cut("idle");
    else if (now - this.#pingedAt >= PING_MS) this.#pingUpstream(now);
  }

  /** While the upstream is paused its pong is not read, and proves nothing by its absence. */
  #pingUpstream(now: number): void {
    this.#pingedAt = now;
    if (this.#upstream.isPaused || this.#upstream.readyState !== this.#upstream.OPEN) return;
    if (!this.#hasPong) {
      this.#upstream.terminate();
      return;
    }
    this.#hasPong = false;
    this.#upstream.ping();
  }

  #onUpstreamMessage(data: Buffer, isBinary: boolean): void {
    const downstream = this.#downstream;
    if (this.#isOver || downstream === undefined) return;
    this.#messageAt = this.#owner.now;
    if (this.#owner.countMessage(this, 1, data.length)) {
      this.cut("bytes-out");
      return;
    }
    this.facts.bytesOut += data.length;
    // Dropped: one piece of input held more messages than any queue of ours.
    if (downstream.send(data, isBinary, data.length >= COMPRESS_FROM) === DROPPED) {
      this.cut("client-slow");
      return;
    }
    if (downstream.getBufferedAmount() > SLOW_ABOVE) this.#upstream.pause();
  }

  #onUpstreamClose(code: number, reason: Buffer): void {
    const downstream = this.#downstream;
    if (this.#isOver) return;
    this.#finish(undefined);
    if (code === CUT_OFF) downstream?.close();
    else if (code === NO_CODE) downstream?.end();
    else downstream?.end(code, reason);
  }

  #finish(cause: CutCause | undefined): void {
    this.#isOver = true;
    this.#owner.onOver(this, cause);
  }
}
