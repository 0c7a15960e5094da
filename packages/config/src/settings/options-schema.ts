import { HOP_HEADERS } from "@portcullis/core";
import { z } from "zod";

import { isTrustedRange } from "./network-names.ts";
import type { Options } from "./options.ts";
import {
  choice,
  duration,
  durationOrNone,
  file,
  flag,
  host,
  KIB,
  port,
  size,
  whole,
} from "./schema-parts.ts";
import { tokenIssuers, tokenVerification } from "./token-schema.ts";

const trustedRange = z
  .string({ error: "expected an IP address or a CIDR range" })
  .refine(isTrustedRange, {
    error: "expected an IP address or a CIDR range with a prefix of at least 1, such as 10.0.0.0/8",
  });

const EDGES_EXPECTED = { error: "expected auto or a whole number from 1 to 64" };
const edges = z.union(
  [z.literal("auto"), z.int(EDGES_EXPECTED).min(1, EDGES_EXPECTED).max(64, EDGES_EXPECTED)],
  EDGES_EXPECTED,
);

const PSEUDONYM = { error: "expected a name of at most 64 letters, digits, dots and hyphens" };
const pseudonym = z.string(PSEUDONYM).regex(/^[A-Za-z0-9.-]{0,64}$/, PSEUDONYM);

const certificate = z.strictObject(
  { cert: file, key: file },
  { error: "expected a certificate with cert and key" },
);

const schema = z.strictObject({
  listen: z
    .strictObject({
      http: z
        .strictObject({
          host: host("0.0.0.0", "Address the data listener for HTTP and WS binds to."),
          port: port(8000, "Its port; 0 takes any free one."),
        })
        .prefault({}),
      https: z
        .strictObject({
          host: host("0.0.0.0", "Address the data listener for HTTPS and WSS binds to."),
          port: port(8443, "Its port; 0 takes any free one."),
          certificates: z
            .array(certificate, { error: "expected a list of certificates" })
            .max(256, { error: "expected at most 256 certificates" })
            .default([])
            .describe(
              "Each with `cert` and `key`, PEM files. The first one is for clients that name no host; the others are chosen by the names they are made out to. Empty: no HTTPS.",
            ),
          ciphers: z
            .string({ error: "expected an OpenSSL cipher list" })
            .default("")
            .describe("OpenSSL cipher list for TLS 1.2. Empty: the engine's own."),
        })
        .prefault({}),
    })
    .prefault({}),
  management: z
    .strictObject({
      host: host(
        "127.0.0.1",
        "Address of the management REST API. Plain HTTP: keep it on loopback.",
      ),
      port: port(8010, "Its port; 0 takes any free one."),
    })
    .prefault({}),
  reports: z
    .strictObject({
      host: host("127.0.0.1", "Address of the report API. Plain HTTP: keep it on loopback."),
      port: port(8080, "Its port; 0 takes any free one."),
      timezone: choice(["utc", "local"], "utc").describe("Time zone of the times in reports."),
      keep_days: whole(0, 36_500)
        .default(90)
        .describe("Days for which attacks are kept; 0: for ever, and the store grows with each."),
    })
    .prefault({}),
  edges: edges
    .default("auto")
    .describe(
      "Edge threads. `auto`: one less than the processors this process may use, at least 1.",
    ),
  enforcement: z
    .strictObject({
      firewall: flag(true, "Whether anything is checked and blocked at the very first start."),
      ase_detected_attack: flag(
        true,
        "Whether violations deny their client at the very first start.",
      ),
    })
    .prefault({}),
  trusted_proxies: z
    .array(trustedRange, { error: "expected a list of IP addresses and CIDR ranges" })
    .max(1024, { error: "expected at most 1024 ranges" })
    .default([])
    .describe(
      "Peers whose word on the client's address is believed. Empty: the socket's address counts.",
    ),
  client_address: z
    .strictObject({
      header: choice(HOP_HEADERS, "x-forwarded-for").describe(
        "The header in which trusted proxies name the client. The others of this list are dropped.",
      ),
      max_hops: whole(1, 100)
        .default(32)
        .describe("Hops of a list that are looked at; a client behind more is not known."),
    })
    .prefault({}),
  automatic_denials: z
    .strictObject({
      ipv6_prefix: whole(32, 128)
        .default(64)
        .describe("Leading bits of an IPv6 address that one denial covers."),
      unproven_limit: whole(0, 1_000_000)
        .default(5)
        .describe(
          "Offences of one address in an hour with tokens or cookies that no upstream has taken yet, past which the address is denied; 0: any number.",
        ),
      listed_limit: whole(1, 1_000_000)
        .default(100)
        .describe(
          "Tokens and cookies that one address may put on the deny list in an hour; past it the address is denied.",
        ),
      shared_identities: whole(0, 100)
        .default(10)
        .describe(
          "Tokens and cookies of one address that upstreams have taken in a day, from which on it counts as shared; 0: none does.",
        ),
      shared_offences: whole(0, 1_000_000)
        .default(20)
        .describe("Offences of a shared address in an hour, past which it is denied."),
      shared_duration: duration("5m", "For which a shared address is denied.", 24),
      spare_cross_site: flag(
        true,
        "Whether a decoy that a page of another site asked for, or a prefetch, denies nobody.",
      ),
    })
    .prefault({}),
  token_issuers: tokenIssuers,
  token_verification: tokenVerification,
  via: pseudonym
    .default("")
    .describe("Name of the proxy in the Via header of what it forwards. Empty: no Via is added."),
  limits: z
    .strictObject({
      header_bytes: size(KIB, 64 * KIB, "16KiB", "Request line and headers together."),
      headers: whole(1, 100).default(100).describe("Header lines of one request."),
      body_bytes: size(
        0,
        2 ** 40,
        0,
        "Request body, where its API does not say (`body_limit`); 0: unlimited, bodies are streamed.",
      ),
      in_flight: whole(0, 1_000_000)
        .default(0)
        .describe("Requests that an edge thread forwards at a time; 0: unlimited."),
      in_flight_per_address: whole(0, 1_000_000)
        .default(0)
        .describe("The same of one IPv4 address or IPv6 network of 64 bits; 0: unlimited."),
      connections_per_address: whole(0, 1_000_000)
        .default(0)
        .describe(
          "Connections that one IPv4 address or IPv6 network of 64 bits may have open, over all edges; 0: unlimited. On Linux only.",
        ),
    })
    .prefault({}),
  timeouts: z
    .strictObject({
      request_body: duration(
        "10s",
        "In which a client must send 16 KiB of its body, or the rest of it; keep it below upstream_idle.",
      ),
      request_total: durationOrNone(
        "From the decision to the end of the answer, for every request; 0s: unlimited.",
      ),
      upstream_connect: duration("5s", "Until a connection to an upstream server is open."),
      upstream_first_byte: duration(
        "30s",
        "From the end of the request to the answer's first byte.",
      ),
      upstream_idle: duration("60s", "Between two parts of a body, in either direction."),
      upstream_keep_alive: duration(
        "4s",
        "For an unused connection; keep it below what the upstream servers do.",
      ),
    })
    .prefault({}),
  upstream: z
    .strictObject({
      max_connections: whole(1, 65_535)
        .default(1024)
        .describe("Open connections per edge thread and upstream server."),
      max_waiting: whole(0, 1_000_000)
        .default(1024)
        .describe("Requests per edge thread that may wait for one of these; more get 503."),
      balancing: choice(["least-connections", "round-robin"], "least-connections").describe(
        "How the servers of an API share its requests.",
      ),
      ca_file: file
        .optional()
        .describe(
          "PEM file with the authorities that `server_ssl` servers are verified by, in place of `authorities`.",
        ),
      authorities: choice(["auto", "system", "node"], "auto").describe(
        "Whose authorities verify `server_ssl` servers without a `ca_file`: those of the system, those that Node comes with, or `auto`: the system's if there are any.",
      ),
      client_certificate: certificate
        .optional()
        .describe(
          "What is shown to `server_ssl` servers that ask for a certificate: `cert` and `key`, PEM files. Default: none.",
        ),
    })
    .prefault({}),
  websocket: z
    .strictObject({
      max_message_bytes: size(
        KIB,
        256 * KIB * KIB,
        "16MiB",
        "Largest WebSocket message, in either direction.",
      ),
      idle_timeout: duration("10m", "Until a WebSocket without messages is closed.", 24),
      max_lifetime: duration("24h", "Until a WebSocket is closed, whatever it does.", 720),
    })
    .prefault({}),
  lists: z
    .strictObject({
      capacity: whole(1000, 10_000_000)
        .default(1_000_000)
        .describe("Entries of the deny and allow lists together."),
      automatic_limit: whole(0, 10_000_000)
        .default(100_000)
        .describe("Entries that each automatic source may hold; manual ones are never evicted."),
      values: choice(["encrypted", "hashed"], "encrypted").describe(
        "How the store keeps denied values. `hashed`: they cannot be listed in clear.",
      ),
    })
    .prefault({}),
  logs: z
    .strictObject({
      access: flag(true, "Whether each request is written to the access log."),
      directory: z
        .string({ error: "expected a path" })
        .min(1, { error: "expected a path" })
        .regex(/^[^\0]*$/, { error: "expected a path without a NUL" })
        .optional()
        .describe(
          "Where the logs go, from the configuration directory. Default: `logs` in the state directory.",
        ),
    })
    .prefault({}),
});

type KeySourceName = "jwks_file" | "jwks_url" | "pem_file";

/** `Options` with the defaults filled in, still under the author's names and units. */
export type FilledOptions = FilledShape<
  Options,
  "ca_file" | "client_certificate" | "directory" | KeySourceName
>;

type FilledShape<T, Keep extends string> = {
  readonly [K in keyof T as K extends Keep ? never : K]-?: Filled<NonNullable<T[K]>, Keep>;
} & { readonly [K in keyof T as K extends Keep ? K : never]?: T[K] };

type Filled<T, Keep extends string> = T extends readonly (infer Each)[]
  ? readonly Filled<Each, Keep>[]
  : T extends object
    ? FilledShape<T, Keep>
    : T;

/** What `portcullis.yaml` may hold. The one source of types, defaults, ranges and descriptions. */
export const OPTIONS_SCHEMA: z.ZodType<FilledOptions, Options> = schema;
