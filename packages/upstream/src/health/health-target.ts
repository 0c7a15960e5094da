import { UpstreamOptionsError } from "../errors.ts";
import { type UpstreamTlsOptions, wholeNumber } from "../settings.ts";
import { tlsKey } from "../tls-context.ts";

/** One server of one API whose health is looked at. */
export interface HealthTarget {
  /** Where the outcome is written. */
  readonly seat: number;
  readonly host: string;
  readonly port: number;
  readonly tls?: UpstreamTlsOptions;
  /** Path and query that are asked for with GET. */
  readonly path: string;
  /** The Host header; host and port when left out. */
  readonly authority?: string;
  readonly intervalMs: number;
  /** Failed tries in a row before the server is down. */
  readonly retries: number;
}

/** A target that can be sent as it is: what it asks for is one request and no more. */
const SENDABLE_PATH = /^\/[\x21-\x7e]*$/;
const SENDABLE_AUTHORITY = /^[\x21-\x7e]+$/;
const MAX_MS = 86_400_000;
const MAX_RETRIES = 1_000;

/** @throws UpstreamOptionsError for a target that could not be checked, or not at the pace it asks for. */
export function verifyTarget(target: HealthTarget): void {
  wholeNumber("intervalMs", target.intervalMs, 0, MAX_MS);
  wholeNumber("retries", target.retries, 0, MAX_RETRIES);
  if (!SENDABLE_PATH.test(target.path)) {
    throw new UpstreamOptionsError("path", "a path in visible ASCII, from the root");
  }
  if (!SENDABLE_AUTHORITY.test(authorityOf(target))) {
    throw new UpstreamOptionsError("authority", "a host, and a port if need be");
  }
}

export function authorityOf({ authority, host, port }: HealthTarget): string {
  return authority ?? `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Targets that are the same check: one request answers for all of their seats. */
export function checkKey(target: HealthTarget): string {
  const { host, intervalMs, path, port, retries, tls } = target;
  return JSON.stringify([host, port, tlsKey(tls), path, authorityOf(target), intervalMs, retries]);
}
