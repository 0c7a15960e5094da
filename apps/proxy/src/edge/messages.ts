import type { MessagePort } from "node:worker_threads";

import type { Answer, HopHeader, ListBuffers, PolicySnapshot } from "@portcullis/core";
import type { EvidenceRules, IssuerSettings, Offence } from "@portcullis/engine";
import type { KeySetSource } from "@portcullis/token-pool/verify";

import type { Excess } from "../server/connection-excess.ts";
import type { InFlightLimits } from "../server/in-flight.ts";
import type { RequestLimits } from "../server/request-watch.ts";
import type { TlsSettings } from "../server/tls-server.ts";
import type { ServerSeats, UpstreamLimits } from "../server/upstreams.ts";
import type { WebSocketLimits } from "../server/websocket/limits.ts";

/** What an edge thread is started with. Buffers are shared, not copied. */
export interface EdgeData {
  /** 1 and up; stays the same when a crashed edge is started again. */
  readonly number: number;
  readonly settings: EdgeSettings;
  readonly policy: NumberedPolicy;
  readonly switches: SharedArrayBuffer;
  readonly counters: SharedArrayBuffer;
  readonly backlog: SharedArrayBuffer;
  readonly spikes: SharedArrayBuffer;
  readonly identities: IdentityBuffers;
  readonly serverStates: SharedArrayBuffer;
  /** The bytes of WebSocket clients in this period. */
  readonly byteMeter: SharedArrayBuffer;
  readonly lists: ListBuffers;
  /** Hands over parts of the lists that were built anew; read synchronously, when the control block says there is one. */
  readonly listParts: MessagePort;
  /** 16 bytes: the key of the list entries' hashes. */
  readonly hashKey: Uint8Array;
  readonly tokenIssuers: readonly IssuerWithKeys[];
}

/** What the edges know of identities together. */
export interface IdentityBuffers {
  /** Those that upstreams have taken. */
  readonly seen: SharedArrayBuffer;
  /** Whose they are. */
  readonly learned: SharedArrayBuffer;
  /** What addresses did. */
  readonly addresses: SharedArrayBuffer;
}

/** An issuer of tokens and its keys. */
export interface IssuerWithKeys {
  readonly settings: IssuerSettings;
  /** `undefined`: there have never been any. */
  readonly keys: KeySetSource | undefined;
}

/** The settings that an edge reads, ready for use. */
export interface EdgeSettings {
  readonly host: string;
  readonly port: number;
  /** `undefined`: no TLS listener. */
  readonly https: TlsListener | undefined;
  readonly headerBytes: number;
  readonly headers: number;
  readonly bodyBytes: number;
  readonly trustedProxies: readonly string[];
  readonly hopHeader: HopHeader;
  readonly maxHops: number;
  /** Leading bits of an IPv6 address that an automatic denial covers. */
  readonly ipv6Prefix: number;
  readonly evidence: EvidenceRules;
  readonly via: string;
  readonly accessLog: string | undefined;
  readonly upstream: UpstreamLimits;
  readonly webSocket: WebSocketLimits;
  readonly requests: RequestLimits;
  readonly inFlight: InFlightLimits;
  readonly tokens: TokenSettings;
  /** What clients get in place of an upstream's answer with the same status. */
  readonly serverErrors: readonly Answer[];
}

/** Where and how long tokens are verified. */
export interface TokenSettings {
  readonly run: "inline" | "pool";
  readonly threads: number;
  readonly maxWaiting: number;
  readonly timeoutMs: number;
  readonly cacheBytes: number;
}

/** The TLS listener of an edge. */
export interface TlsListener {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsSettings;
}

/** A policy, its number, and where each of its APIs is counted. */
export interface NumberedPolicy {
  readonly version: number;
  readonly snapshot: PolicySnapshot;
  readonly rows: readonly number[];
  /** The seats of each API's servers in the shared server states. */
  readonly seats: ServerSeats;
}

/** From the control plane to an edge. */
export type ToEdge =
  | { readonly kind: "policy"; readonly policy: NumberedPolicy }
  | { readonly kind: "reopen-log" }
  /** What an issuer's keys are now; `undefined`: what they were. */
  | {
      readonly kind: "token-keys";
      readonly issuer: string;
      readonly keys: KeySetSource | undefined;
    }
  /** The certificate files have changed, and have been found usable. */
  | { readonly kind: "certificates"; readonly tls: TlsSettings }
  /** Addresses with more connections than they may have, and how many of each are to be closed here. */
  | { readonly kind: "excess"; readonly excess: Excess }
  /** To be answered with `pong`. */
  | { readonly kind: "ping" }
  | { readonly kind: "stop" };

/** From an edge to the control plane. */
export type FromEdge =
  | {
      readonly kind: "listening";
      readonly port: number;
      /** 0: no TLS listener. */
      readonly httpsPort: number;
      readonly build: string;
    }
  | { readonly kind: "failed"; readonly message: string }
  /** Something went wrong, a connection lost for one; the edge goes on. */
  | { readonly kind: "trouble"; readonly what: string; readonly message: string }
  | { readonly kind: "pong" }
  | { readonly kind: "policy-taken"; readonly version: number }
  /** A token names a key that the edge does not have. */
  | { readonly kind: "keys-wanted"; readonly issuer: string }
  | { readonly kind: "offences"; readonly offences: readonly Offence[] };
