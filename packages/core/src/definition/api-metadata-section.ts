import { quoteValue } from "./describe-value.ts";
import { flag, HEADER_NAME, PATH } from "./field-kinds.ts";
import type { Section } from "./field.ts";
import { readHostname } from "./read-host.ts";
import { readClaimName, readCookieName, readHeaderName, readQueryName } from "./read-name.ts";
import { MAX_LEVELS, readBasePath, readPath, readRequestTarget } from "./read-path.ts";
import { integerIn, optional } from "./read-primitives.ts";
import { readDuration, readMemory } from "./read-quantity.ts";
import { accept, type Read, refuse } from "./read.ts";
import type { ApiMetadataFields } from "./section-types.ts";

/** The whole file. */
export const ROOT: Section<Readonly<Record<string, never>>, "api_metadata"> = {
  path: "",
  fields: {},
  children: {
    api_metadata: { isRequired: true, expects: "an object", meaning: "The definition." },
  },
};

/** The definition itself. */
export const API_METADATA: Section<
  ApiMetadataFields,
  | "api_mapping"
  | "token"
  | "jwt"
  | "jwt_verification"
  | "api_pattern_enforcement"
  | "flow_control"
  | "servers"
  | "decoy_config"
> = {
  path: "api_metadata",
  fields: {
    protocol: {
      expects: '"http" or "ws"',
      fallback: "http",
      meaning:
        'What the API speaks: HTTP, or WebSocket. "https" and "wss" are read as these two with a warning, because TLS is demanded by "protocol_allowed".',
      read: readProtocol,
    },
    url: {
      expects: `${PATH}, at most ${MAX_LEVELS} levels`,
      isRequired: true,
      fallback: "/",
      meaning:
        'The base path: the API answers for this path and all paths below it, compared by whole segments. "/" is the whole host.',
      read: readBasePath,
    },
    hostname: {
      expects: 'a host name or address without port, or "*"',
      isRequired: true,
      fallback: "*",
      meaning: 'The host that requests name; "*" is any host. Case does not matter.',
      read: readHostname,
    },
    merge_slashes: flag(
      false,
      "Whether several slashes in a row in the path of a request are read, and sent on, as one; else they are refused (400). A field of this project.",
    ),
    keep_encoded_slashes: flag(
      false,
      'Whether "%2F" in the path of a request is data of its segment, and sent on as it is; else it is refused (400). Refused all the same where it would make a difference to which API or decoy answers. A field of this project.',
    ),
    cookie: {
      expects: "the name of a cookie",
      fallback: "",
      meaning: "The session cookie whose value identifies a client; empty for none.",
      read: optional(readCookieName),
    },
    cookie_idle_timeout: {
      expects: "a whole number above 0 and a unit: s, m, h, d, w, mnt or yr",
      fallback: "200m",
      meaning:
        "How long a session cookie counts as seen to succeed after its last request: one that does not is denied on less evidence.",
      read: readDuration,
    },
    logout_api_enabled: flag(
      false,
      "Whether an answer that takes the cookie away ends its session at once: from then on it counts as never seen to succeed.",
    ),
    cookie_persistence_enabled: flag(
      false,
      "Whether the requests with one session cookie go to one server as long as it takes them.",
    ),
    oauth2_access_token: flag(
      false,
      "Whether the OAuth2 token of the Authorization header identifies a client.",
    ),
    is_token_mandatory: flag(
      false,
      "Whether a request without a token is refused and its IP address denied.",
    ),
    apikey_qs: {
      expects: "the name of a query parameter",
      fallback: "",
      meaning: "The query parameter that carries the API key; empty for none.",
      read: optional(readQueryName),
    },
    apikey_header: {
      expects: HEADER_NAME,
      fallback: "",
      meaning: "The header that carries the API key; empty for none.",
      read: optional(readHeaderName),
    },
    login_url: {
      expects: PATH,
      fallback: "",
      meaning: "The public path at which clients log in; empty for none.",
      read: optional(readPath),
    },
    login_username: {
      expects: "the name of a form field, or the path of a JSON member with dots in it",
      fallback: "",
      meaning:
        'Where the body of a login at "login_url" names its user; empty: nowhere. The cookie and the "access_token" that a login is answered with are the user\'s from then on, where requests with them name none. A login whose body cannot be read in one way is refused (400). A field of this project.',
      read: optional(readClaimName),
    },
    enable_blocking: flag(
      true,
      "Whether requests are blocked, or else only recorded as what would have been blocked. A definition that does not say is enforced: a forgotten field must not fail open.",
    ),
    username_header: {
      expects: HEADER_NAME,
      fallback: "",
      meaning:
        'The header in which a trusted proxy names the user, if "jwt" is not configured; empty for none. Of anybody else it is neither believed nor passed on.',
      read: optional(readHeaderName),
    },
    api_memory_size: {
      expects: 'a whole number above 0 and a unit: "mb" or "gb"',
      fallback: "128mb",
      meaning:
        "Memory for the API. Read for compatibility: here all APIs share tables that grow as needed.",
      read: readMemory,
    },
    health_check: flag(true, "Whether the servers are asked regularly if they are well."),
    health_check_interval: {
      expects: "a number of seconds from 1 to 86400",
      fallback: 60,
      meaning: "Seconds between two health checks of a server.",
      read: integerIn(1, 86_400),
    },
    health_retry_count: {
      expects: "a number from 1 to 100",
      fallback: 4,
      meaning: "Failed health checks in a row that take a server out.",
      read: integerIn(1, 100),
    },
    health_url: {
      expects: "a path, perhaps with a query, sent to the servers as written",
      fallback: "/health",
      meaning: "What a health check asks for.",
      read: readRequestTarget,
    },
    server_ssl: flag(false, "Whether the servers are spoken to over TLS."),
    host_header: {
      expects: '"client" or "server"',
      fallback: "client",
      meaning:
        'The Host header that a server gets: the one that the client sent, or the name and port of the server itself; "X-Forwarded-Host" is the client\'s in both. A field of this project.',
      read: readHostHeader,
    },
    body_limit: {
      expects: "a number of bytes from 0 to 1099511627776",
      fallback: "",
      fallbackNote: "`limits.body_bytes` of the proxy",
      meaning:
        "The longest request body, in place of the proxy's own limit; 0 is no limit. A longer one is answered 413. A field of this project.",
      read: optional(integerIn(0, 2 ** 40)),
    },
  },
  children: {
    api_mapping: { expects: "an object", meaning: "Hides internal paths." },
    token: { expects: "an object", meaning: "Where clients send their token." },
    jwt: { expects: "an object", meaning: "Where the user name is in a JSON Web Token." },
    jwt_verification: { expects: "an object", meaning: "Whose tokens are believed." },
    api_pattern_enforcement: { expects: "an object", meaning: "What a request must look like." },
    flow_control: { expects: "an object", meaning: "How much a client may send." },
    servers: { expects: "an array of objects", meaning: "The servers that answer, at most 256." },
    decoy_config: { expects: "an object", meaning: "Paths that no honest client asks for." },
  },
};

function readProtocol(value: unknown): Read<"http" | "ws"> {
  switch (value) {
    case "http":
    case "ws":
      return accept(value);
    case "https":
      return accept("http", 'is read as "http"; "protocol_allowed" can demand HTTPS');
    case "wss":
      return accept("ws", 'is read as "ws"; "protocol_allowed" can demand WSS');
    default:
      return refuse(quoteValue(value));
  }
}

function readHostHeader(value: unknown): Read<"client" | "server"> {
  return value === "client" || value === "server" ? accept(value) : refuse(quoteValue(value));
}
