import type { HopHeader } from "@portcullis/core";

import type { TokenAlgorithm } from "./settings.ts";

/** What the author of `portcullis.yaml` may write: everything may be left out. */
export interface Options {
  readonly listen?:
    | {
        readonly http?: EndpointOptions | undefined;
        readonly https?: HttpsOptions | undefined;
      }
    | undefined;
  readonly management?: EndpointOptions | undefined;
  readonly reports?:
    | (EndpointOptions & {
        readonly timezone?: "utc" | "local" | undefined;
        readonly keep_days?: number | undefined;
      })
    | undefined;
  readonly edges?: number | "auto" | undefined;
  readonly enforcement?:
    | {
        readonly firewall?: boolean | undefined;
        readonly ase_detected_attack?: boolean | undefined;
      }
    | undefined;
  readonly trusted_proxies?: readonly string[] | undefined;
  readonly client_address?:
    | { readonly header?: HopHeader | undefined; readonly max_hops?: number | undefined }
    | undefined;
  readonly automatic_denials?: AutomaticDenialOptions | undefined;
  readonly token_issuers?: readonly TokenIssuerOptions[] | undefined;
  readonly token_verification?: TokenVerificationOptions | undefined;
  readonly via?: string | undefined;
  readonly limits?: LimitOptions | undefined;
  readonly timeouts?: TimeoutOptions | undefined;
  readonly upstream?:
    | {
        readonly max_connections?: number | undefined;
        readonly max_waiting?: number | undefined;
        readonly balancing?: "least-connections" | "round-robin" | undefined;
        readonly ca_file?: string | undefined;
        readonly authorities?: "auto" | "system" | "node" | undefined;
        readonly client_certificate?: CertificateOptions | undefined;
      }
    | undefined;
  readonly websocket?: WebSocketOptions | undefined;
  readonly lists?: ListOptions | undefined;
  readonly logs?:
    | { readonly access?: boolean | undefined; readonly directory?: string | undefined }
    | undefined;
}

interface AutomaticDenialOptions {
  readonly ipv6_prefix?: number | undefined;
  readonly unproven_limit?: number | undefined;
  readonly listed_limit?: number | undefined;
  readonly shared_identities?: number | undefined;
  readonly shared_offences?: number | undefined;
  readonly shared_duration?: string | undefined;
  readonly spare_cross_site?: boolean | undefined;
}

interface EndpointOptions {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
}

interface HttpsOptions extends EndpointOptions {
  readonly certificates?: readonly CertificateOptions[] | undefined;
  readonly ciphers?: string | undefined;
}

interface CertificateOptions {
  readonly cert: string;
  readonly key: string;
}

/** Bytes as a number, or with a unit: `16KiB`. */
interface LimitOptions {
  readonly header_bytes?: number | string | undefined;
  readonly headers?: number | undefined;
  readonly body_bytes?: number | string | undefined;
  readonly in_flight?: number | undefined;
  readonly in_flight_per_address?: number | undefined;
  readonly connections_per_address?: number | undefined;
}

/** Durations with a unit: `200ms`, `5s`, `1m`. */
interface TimeoutOptions {
  readonly request_body?: string | undefined;
  readonly request_total?: string | undefined;
  readonly upstream_connect?: string | undefined;
  readonly upstream_first_byte?: string | undefined;
  readonly upstream_idle?: string | undefined;
  readonly upstream_keep_alive?: string | undefined;
}

export interface TokenIssuerOptions {
  readonly name: string;
  readonly issuer: string;
  readonly algorithms: readonly TokenAlgorithm[];
  readonly jwks_url?: string | undefined;
  readonly jwks_file?: string | undefined;
  readonly pem_file?: string | undefined;
  readonly clock_tolerance?: string | undefined;
  readonly refresh?: string | undefined;
  readonly cooldown?: string | undefined;
}

export interface TokenVerificationOptions {
  readonly run?: "pool" | "inline" | undefined;
  readonly threads?: number | undefined;
  readonly max_waiting?: number | undefined;
  readonly timeout?: string | undefined;
  readonly cache_bytes?: number | string | undefined;
}

interface WebSocketOptions {
  readonly max_message_bytes?: number | string | undefined;
  readonly idle_timeout?: string | undefined;
  readonly max_lifetime?: string | undefined;
}

interface ListOptions {
  readonly capacity?: number | undefined;
  readonly automatic_limit?: number | undefined;
  readonly values?: "encrypted" | "hashed" | undefined;
}
