import type { JwtLocation, Scheme, Threshold, TokenPlace } from "./api-definition.ts";

/** What each field of `api_metadata` is read as, under its name in the JSON. */
export interface ApiMetadataFields {
  readonly protocol: "http" | "ws";
  readonly url: string;
  readonly hostname: string;
  readonly merge_slashes: boolean;
  readonly keep_encoded_slashes: boolean;
  readonly cookie: string | undefined;
  readonly cookie_idle_timeout: number;
  readonly logout_api_enabled: boolean;
  readonly cookie_persistence_enabled: boolean;
  readonly oauth2_access_token: boolean;
  readonly is_token_mandatory: boolean;
  readonly apikey_qs: string | undefined;
  readonly apikey_header: string | undefined;
  readonly login_url: string | undefined;
  readonly login_username: string | undefined;
  readonly enable_blocking: boolean;
  readonly username_header: string | undefined;
  readonly api_memory_size: number;
  readonly health_check: boolean;
  readonly health_check_interval: number;
  readonly health_retry_count: number;
  readonly health_url: string;
  readonly server_ssl: boolean;
  readonly host_header: "client" | "server";
  readonly body_limit: number | undefined;
}

export interface ApiMappingFields {
  readonly internal_url: string | undefined;
}

export interface TokenFields {
  readonly schemes: readonly string[];
  readonly location: TokenPlace | undefined;
}

export interface JwtFields {
  readonly location: JwtLocation | undefined;
  readonly username: string | undefined;
  readonly clientid: string | undefined;
}

export interface JwtVerificationFields {
  readonly token_issuer: string | undefined;
  readonly audience: readonly string[];
  readonly required: boolean;
}

export interface PatternFields {
  readonly protocol_allowed: Scheme | undefined;
  readonly methods_allowed: readonly string[];
  readonly content_type_allowed: string | undefined;
  readonly error_code: number;
  readonly error_def: string | undefined;
  readonly error_message_body: string | undefined;
}

export interface RedirectFields {
  readonly response_code: number | undefined;
  readonly response_def: string | undefined;
  readonly https_url: string | undefined;
}

export interface FlowControlFields {
  readonly client_spike_threshold: Threshold;
  readonly server_connection_queueing: boolean;
  readonly bytes_in_threshold: Threshold;
  readonly bytes_out_threshold: Threshold;
}

export interface ServerFields {
  readonly host: string;
  readonly port: number;
  readonly server_spike_threshold: Threshold;
  readonly server_connection_quota: number;
}

export interface DecoyFields {
  readonly decoy_enabled: boolean;
  readonly response_code: number;
  readonly response_def: string | undefined;
  readonly response_message: string;
  readonly decoy_subpaths: readonly string[];
}
