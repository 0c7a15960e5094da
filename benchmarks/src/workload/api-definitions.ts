/** How many APIs the workload has. */
export const API_COUNT = 64;

/** The status of every objection to a pattern: one error triple for an API. */
export const PATTERN_STATUS = 405;
export const COOKIE_NAME = "JSESSIONID";
export const API_KEY_HEADER = "x-api-key";

/** An API definition as its owner writes it, in the form of the ASE. */
export interface ApiJson {
  readonly id: string;
  readonly json: unknown;
}

/**
 * APIs, 64 unless more are asked for, that know their clients by all five identifiers, and check method and content type.
 * The first `decoys` of them have a decoy path.
 */
export function apiDefinitions(
  upstream: { readonly host: string; readonly port: number },
  decoys: number,
  count: number = API_COUNT,
): ApiJson[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `svc${index}`,
    json: { api_metadata: metadata(`/api/svc${index}`, upstream, index < decoys) },
  }));
}

/** One more API with the same identifiers, for WebSockets at `/chat`. */
export function chatDefinition(upstream: {
  readonly host: string;
  readonly port: number;
}): ApiJson {
  const json = { api_metadata: { ...metadata("/chat", upstream, false), protocol: "ws" } };
  return { id: "chat", json };
}

function metadata(
  url: string,
  upstream: { readonly host: string; readonly port: number },
  hasDecoy: boolean,
): object {
  return {
    protocol: "http",
    url,
    hostname: "*",
    cookie: COOKIE_NAME,
    oauth2_access_token: true,
    is_token_mandatory: false,
    apikey_header: API_KEY_HEADER,
    enable_blocking: true,
    api_pattern_enforcement: {
      protocol_allowed: "",
      methods_allowed: ["GET", "POST", "PUT", "DELETE"],
      content_type_allowed: "application/json",
      error_code: PATTERN_STATUS,
      error_def: "Method Not Allowed",
      error_message_body: "405 Method Not Allowed",
    },
    jwt: { location: "h:authorization:bearer", username: "username", clientid: "client_id" },
    servers: [upstream],
    decoy_config: {
      decoy_enabled: hasDecoy,
      response_code: 200,
      response_def: "OK",
      response_message: "OK",
      decoy_subpaths: hasDecoy ? [`${url}/admin`] : [],
    },
  };
}
