import type { HopHeader } from "@portcullis/core";

import type { TOKEN_ALGORITHMS } from "./token-schema.ts";

/** Everything `portcullis.yaml` decides, with every default applied: what the code reads. */
export interface Settings {
  readonly listen: { readonly http: Endpoint; readonly https: HttpsEndpoint };
  readonly management: Endpoint;
  readonly reports: ReportSettings;
  /** Number of edge threads. */
  readonly edges: number;
  /** Initial values: a switch thrown at run time is kept in the state and wins. */
  readonly enforcement: { readonly firewall: boolean; readonly aseDetectedAttack: boolean };
  /** Addresses and CIDR ranges of the peers whose word on the client's address is believed. */
  readonly trustedProxies: readonly string[];
  readonly clientAddress: ClientAddressSettings;
  readonly automaticDenials: AutomaticDenials;
  readonly tokenIssuers: readonly TokenIssuerSettings[];
  readonly tokenVerification: TokenVerificationSettings;
  /** The proxy's name in `Via`; empty: none is written. */
  readonly via: string;
  readonly limits: Limits;
  readonly timeouts: Timeouts;
  readonly upstream: UpstreamSettings;
  readonly webSocket: WebSocketSettings;
  readonly lists: ListSettings;
  readonly logs: LogSettings;
}

/** Whose tokens APIs may believe. Times in milliseconds. */
export interface TokenIssuerSettings {
  readonly name: string;
  /** What `iss` says. */
  readonly issuer: string;
  readonly algorithms: readonly TokenAlgorithm[];
  readonly keys: KeyLocation;
  readonly clockTolerance: number;
  readonly refresh: number;
  readonly cooldown: number;
}

export type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number];

/** Where an issuer's keys are: an absolute path or a URL. */
export interface KeyLocation {
  readonly kind: "jwks-file" | "jwks-url" | "pem-file";
  readonly place: string;
}

export interface TokenVerificationSettings {
  readonly run: "inline" | "pool";
  /** Per edge thread. */
  readonly threads: number;
  readonly maxWaiting: number;
  /** Milliseconds. */
  readonly timeout: number;
  readonly cacheBytes: number;
}

/** Where trusted proxies name the client. */
export interface ClientAddressSettings {
  readonly header: HopHeader;
  readonly maxHops: number;
}

/** What an automatic denial takes, and what it takes to be denied. */
export interface AutomaticDenials {
  /** Leading bits of an IPv6 address. */
  readonly ipv6Prefix: number;
  /** Offences in an hour with identities never seen to succeed; 0: any number. */
  readonly unprovenLimit: number;
  /** Identities that one address may put on the lists in an hour. */
  readonly listedLimit: number;
  /** Identities in a day that make an address a shared one; 0: none is. */
  readonly sharedIdentities: number;
  /** Offences in an hour past which a shared address is denied. */
  readonly sharedOffences: number;
  /** In milliseconds. */
  readonly sharedDuration: number;
  readonly sparesCrossSite: boolean;
}

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** A TLS listener; there is none without certificates. */
export interface HttpsEndpoint extends Endpoint {
  /** Absolute paths of PEM files. */
  readonly certificates: readonly { readonly cert: string; readonly key: string }[];
  readonly ciphers: string;
}

export interface ReportSettings extends Endpoint {
  readonly timezone: "utc" | "local";
  /** Milliseconds for which attacks are kept; 0: for ever. */
  readonly keep: number;
}

export interface Limits {
  readonly headerBytes: number;
  readonly headers: number;
  /** 0: unlimited. */
  readonly bodyBytes: number;
  /** Per edge thread; 0: unlimited. */
  readonly inFlight: number;
  readonly inFlightPerAddress: number;
  /** Over all edges; 0: unlimited. */
  readonly connectionsPerAddress: number;
}

/** All in milliseconds. */
export interface Timeouts {
  readonly requestBody: number;
  /** 0: unlimited. */
  readonly requestTotal: number;
  readonly upstreamConnect: number;
  readonly upstreamFirstByte: number;
  readonly upstreamIdle: number;
  readonly upstreamKeepAlive: number;
}

export interface UpstreamSettings {
  /** Per edge thread and server. */
  readonly maxConnections: number;
  /** Requests that may wait for one of them, or for a place within a server's quota. */
  readonly maxWaiting: number;
  readonly balancing: "least-connections" | "round-robin";
  /** Absolute path of a PEM file; `undefined`: see `authorities`. */
  readonly caFile: string | undefined;
  /** `auto`: the system's if there are any, else those that Node comes with. */
  readonly authorities: "auto" | "system" | "node";
  /** Absolute paths of PEM files. */
  readonly clientCertificate: { readonly cert: string; readonly key: string } | undefined;
}

/** Times in milliseconds. */
export interface WebSocketSettings {
  readonly maxMessageBytes: number;
  readonly idleTimeout: number;
  readonly maxLifetime: number;
}

export interface ListSettings {
  readonly capacity: number;
  /** Automatic entries each source may hold. */
  readonly automaticLimit: number;
  /** How the store keeps the values of denied identifiers. */
  readonly values: "encrypted" | "hashed";
}

export interface LogSettings {
  readonly access: boolean;
  /** Absolute path; `undefined`: `logs` in the state directory. */
  readonly directory: string | undefined;
}
