import { availableParallelism } from "node:os";
import { resolve } from "node:path";

import type { FilledOptions } from "./options-schema.ts";
import { parseDuration, parseSize } from "./quantities.ts";
import type { AutomaticDenials, KeyLocation, Settings } from "./settings.ts";

const DAY_MS = 86_400_000;

/**
 * Turns checked options into settings: units into numbers, `auto` into a count, paths absolute.
 *
 * `directory` is the configuration directory, from which relative paths count.
 */
export function settingsFrom(options: FilledOptions, directory: string): Settings {
  return {
    listen: {
      http: options.listen.http,
      https: {
        ...options.listen.https,
        certificates: options.listen.https.certificates.map((each) => absolute(each, directory)),
      },
    },
    management: options.management,
    reports: {
      host: options.reports.host,
      port: options.reports.port,
      timezone: options.reports.timezone,
      keep: options.reports.keep_days * DAY_MS,
    },
    edges: options.edges === "auto" ? automaticEdges() : options.edges,
    enforcement: {
      firewall: options.enforcement.firewall,
      aseDetectedAttack: options.enforcement.ase_detected_attack,
    },
    trustedProxies: options.trusted_proxies,
    clientAddress: {
      header: options.client_address.header,
      maxHops: options.client_address.max_hops,
    },
    automaticDenials: automaticDenials(options.automatic_denials),
    tokenIssuers: options.token_issuers.map((issuer) => ({
      name: issuer.name,
      issuer: issuer.issuer,
      algorithms: issuer.algorithms,
      keys: keyLocation(issuer, directory),
      clockTolerance: milliseconds(issuer.clock_tolerance),
      refresh: milliseconds(issuer.refresh),
      cooldown: milliseconds(issuer.cooldown),
    })),
    tokenVerification: {
      run: options.token_verification.run,
      threads: options.token_verification.threads,
      maxWaiting: options.token_verification.max_waiting,
      timeout: milliseconds(options.token_verification.timeout),
      cacheBytes: bytes(options.token_verification.cache_bytes),
    },
    via: options.via,
    limits: {
      headerBytes: bytes(options.limits.header_bytes),
      headers: options.limits.headers,
      bodyBytes: bytes(options.limits.body_bytes),
      inFlight: options.limits.in_flight,
      inFlightPerAddress: options.limits.in_flight_per_address,
      connectionsPerAddress: options.limits.connections_per_address,
    },
    timeouts: {
      requestBody: milliseconds(options.timeouts.request_body),
      requestTotal: milliseconds(options.timeouts.request_total),
      upstreamConnect: milliseconds(options.timeouts.upstream_connect),
      upstreamFirstByte: milliseconds(options.timeouts.upstream_first_byte),
      upstreamIdle: milliseconds(options.timeouts.upstream_idle),
      upstreamKeepAlive: milliseconds(options.timeouts.upstream_keep_alive),
    },
    upstream: {
      maxConnections: options.upstream.max_connections,
      maxWaiting: options.upstream.max_waiting,
      balancing: options.upstream.balancing,
      caFile:
        options.upstream.ca_file === undefined
          ? undefined
          : resolve(directory, options.upstream.ca_file),
      authorities: options.upstream.authorities,
      clientCertificate:
        options.upstream.client_certificate &&
        absolute(options.upstream.client_certificate, directory),
    },
    webSocket: {
      maxMessageBytes: bytes(options.websocket.max_message_bytes),
      idleTimeout: milliseconds(options.websocket.idle_timeout),
      maxLifetime: milliseconds(options.websocket.max_lifetime),
    },
    lists: {
      capacity: options.lists.capacity,
      automaticLimit: options.lists.automatic_limit,
      values: options.lists.values,
    },
    logs: {
      access: options.logs.access,
      directory:
        options.logs.directory === undefined
          ? undefined
          : resolve(directory, options.logs.directory),
    },
  };
}

/** The rules between settings see to it that it is one of the three. */
function keyLocation(
  issuer: FilledOptions["token_issuers"][number],
  directory: string,
): KeyLocation {
  const { jwks_file: jwksFile, jwks_url: jwksUrl, pem_file: pemFile } = issuer;
  if (jwksUrl !== undefined) return { kind: "jwks-url", place: jwksUrl };
  if (jwksFile !== undefined) return { kind: "jwks-file", place: resolve(directory, jwksFile) };
  return { kind: "pem-file", place: resolve(directory, pemFile ?? "") };
}

function absolute(
  { cert, key }: { readonly cert: string; readonly key: string },
  directory: string,
): { readonly cert: string; readonly key: string } {
  return { cert: resolve(directory, cert), key: resolve(directory, key) };
}

function automaticDenials(options: FilledOptions["automatic_denials"]): AutomaticDenials {
  return {
    ipv6Prefix: options.ipv6_prefix,
    unprovenLimit: options.unproven_limit,
    listedLimit: options.listed_limit,
    sharedIdentities: options.shared_identities,
    sharedOffences: options.shared_offences,
    sharedDuration: milliseconds(options.shared_duration),
    sparesCrossSite: options.spare_cross_site,
  };
}

/** One processor is left to the control plane and the kernel's network work; 64 is the maximum. */
function automaticEdges(): number {
  return Math.min(64, Math.max(1, availableParallelism() - 1));
}

function milliseconds(text: string): number {
  return parseDuration(text) ?? unchecked(text);
}

function bytes(size: string | number): number {
  return parseSize(size) ?? unchecked(size);
}

function unchecked(value: string | number): never {
  throw new TypeError(`options were not checked by the schema: ${value}`);
}
