import { lookup } from "node:dns/promises";

import { UpstreamOptionsError } from "./errors.ts";

/** How to speak TLS with an upstream. Its certificate is verified unless told otherwise. */
export interface UpstreamTlsOptions {
  /** Sent as SNI and compared with the certificate; the host when left out. */
  readonly serverName?: string;
  /** PEM; the authorities that Node comes with when left out. */
  readonly ca?: string;
  /** `false` accepts any certificate. */
  readonly rejectUnauthorized?: boolean;
  /** PEM of our own certificate, for upstreams that ask for one. */
  readonly cert?: string;
  /** PEM of its key. */
  readonly key?: string;
}

/** One address of a host name, as node:dns gives it. */
export interface HostAddress {
  readonly address: string;
  readonly family: number;
}

/** Finds the addresses of a host name; rejects if there are none. */
export type HostLookup = (host: string) => Promise<readonly HostAddress[]>;

/** What a caller may say about an upstream; times in milliseconds. */
export interface UpstreamOptions {
  readonly host: string;
  readonly port: number;
  readonly tls?: UpstreamTlsOptions;
  /** Until a connection is ready, TLS handshake included. */
  readonly connectTimeoutMs?: number;
  /** From the end of the request until the head of the answer is complete. */
  readonly headTimeoutMs?: number;
  /** Between two pieces of a body, in either direction. Not counted while the answer is paused. */
  readonly idleTimeoutMs?: number;
  /** How long an unused connection is kept. Must be less than what the upstream keeps it. */
  readonly keepAliveMs?: number;
  /** How long a request may wait for a connection when all are busy. */
  readonly queueTimeoutMs?: number;
  readonly maxConnections?: number;
  /** How many requests may wait. */
  readonly maxQueued?: number;
  readonly maxHeadBytes?: number;
  /** How often a host name is looked up again. */
  readonly refreshMs?: number;
  /** How; the system's way when left out. */
  readonly lookupHost?: HostLookup;
}

/** What the pool reads: every option given or defaulted. */
export interface UpstreamSettings {
  readonly host: string;
  readonly port: number;
  readonly tls: UpstreamTlsOptions | undefined;
  readonly connectTimeoutMs: number;
  readonly headTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly queueTimeoutMs: number;
  readonly maxConnections: number;
  readonly maxQueued: number;
  readonly maxHeadBytes: number;
  readonly refreshMs: number;
  readonly lookupHost: HostLookup;
}

const MAX_MS = 86_400_000;

/**
 * Applies the defaults.
 *
 * @throws UpstreamOptionsError for a number that would switch a limit off (NaN, zero, a fraction).
 */
export function fillSettings(options: UpstreamOptions): UpstreamSettings {
  if (options.host === "") throw new UpstreamOptionsError("host", "a host name or an address");
  const connectTimeoutMs = wholeNumber("connectTimeoutMs", options.connectTimeoutMs, 5_000, MAX_MS);
  return {
    host: options.host,
    port: wholeNumber("port", options.port, 0, 65_535),
    tls: options.tls,
    connectTimeoutMs,
    headTimeoutMs: wholeNumber("headTimeoutMs", options.headTimeoutMs, 60_000, MAX_MS),
    idleTimeoutMs: wholeNumber("idleTimeoutMs", options.idleTimeoutMs, 60_000, MAX_MS),
    // Below the 5 s after which Node's own server closes: the most common upstream there is.
    keepAliveMs: wholeNumber("keepAliveMs", options.keepAliveMs, 4_000, MAX_MS),
    queueTimeoutMs: wholeNumber("queueTimeoutMs", options.queueTimeoutMs, connectTimeoutMs, MAX_MS),
    maxConnections: wholeNumber("maxConnections", options.maxConnections, 256, 65_535),
    maxQueued: wholeNumber("maxQueued", options.maxQueued, 1_024, 1_000_000, 0),
    maxHeadBytes: wholeNumber("maxHeadBytes", options.maxHeadBytes, 65_536, 16_777_216),
    refreshMs: wholeNumber("refreshMs", options.refreshMs, 60_000, MAX_MS),
    lookupHost: options.lookupHost ?? lookUpAll,
  };
}

function lookUpAll(host: string): Promise<readonly HostAddress[]> {
  return lookup(host, { all: true });
}

/**
 * `given`, or `fallback` where it is left out.
 *
 * @throws UpstreamOptionsError unless it is a whole number from `lowest` to `highest`.
 */
export function wholeNumber(
  option: string,
  given: number | undefined,
  fallback: number,
  highest: number,
  lowest = 1,
): number {
  const value = given ?? fallback;
  if (Number.isInteger(value) && value >= lowest && value <= highest) return value;
  throw new UpstreamOptionsError(option, `a whole number from ${lowest} to ${highest}`);
}
