import { TOKEN_SCHEMES } from "../headers/authorization.ts";
import { claim, flag, PATH, phrase, status, threshold } from "./field-kinds.ts";
import type { Section } from "./field.ts";
import { MAX_BODY_BYTES, readBody } from "./read-answer.ts";
import { readServerHost } from "./read-host.ts";
import { MAX_SCHEMES, readJwtLocation, readSchemes, readTokenPlace } from "./read-jwt-location.ts";
import { readAudience, readIssuerName } from "./read-name.ts";
import { readPath } from "./read-path.ts";
import { integerIn, listOf, optional } from "./read-primitives.ts";
import type {
  ApiMappingFields,
  DecoyFields,
  FlowControlFields,
  JwtFields,
  JwtVerificationFields,
  ServerFields,
  TokenFields,
} from "./section-types.ts";

const MAX_DECOYS = 1024;
const MAX_AUDIENCES = 16;

/** Hides internal paths. */
export const API_MAPPING: Section<ApiMappingFields> = {
  path: "api_metadata.api_mapping",
  fields: {
    internal_url: {
      expects: PATH,
      fallback: "",
      meaning:
        'What replaces "url" at the front of a path on the way to a server; empty to keep it.',
      read: optional(readPath),
    },
  },
  children: {},
};

/** Where clients send their token. */
export const TOKEN: Section<TokenFields> = {
  path: "api_metadata.token",
  fields: {
    schemes: {
      expects: `an array of 1 to ${MAX_SCHEMES} schemes`,
      expectsEach: "the name of an authentication scheme, in any case",
      fallback: TOKEN_SCHEMES,
      meaning:
        'The schemes of Authorization whose credentials are a token. Clients of GitHub send "token".',
      read: readSchemes,
    },
    location: {
      expects: '"h:HEADER", "h:cookie:COOKIE" or "qs:PARAMETER"',
      fallback: "",
      fallbackNote: "the Authorization field",
      meaning:
        'The one place of the token. A token in Authorization, or "access_token" in the query, besides is refused.',
      read: optional(readTokenPlace),
    },
  },
  children: {},
};

/** Where a user name is in a JSON Web Token. */
export const JWT: Section<JwtFields> = {
  path: "api_metadata.jwt",
  fields: {
    location: {
      expects:
        '"h:authorization:bearer", "h:authorization:mac", "h:HEADER", "h:cookie:COOKIE" or "qs:PARAMETER"',
      fallback: "",
      meaning: "Where a request carries the token; a header of its own holds nothing else.",
      read: optional(readJwtLocation),
    },
    username: claim("The claim with the user name; of an array the first element counts."),
    clientid: claim("The claim with the client id."),
  },
  children: {},
};

/** Whose tokens are believed. */
export const JWT_VERIFICATION: Section<JwtVerificationFields> = {
  path: "api_metadata.jwt_verification",
  fields: {
    token_issuer: {
      expects: "the name of an issuer: up to 64 lower-case letters, digits and hyphens",
      fallback: "",
      meaning:
        'The issuer of "token_issuers" in portcullis.yaml whose tokens are believed; empty: tokens are decoded, and none is verified.',
      read: optional(readIssuerName),
    },
    audience: {
      expects: `an array of at most ${MAX_AUDIENCES} audiences`,
      expectsEach: "visible text of at most 256 characters",
      fallback: [],
      meaning: 'What "aud" must name one of; empty: it is not looked at.',
      read: listOf(readAudience, MAX_AUDIENCES),
    },
    required: flag(
      true,
      "Whether a request without a token is refused, or else let through with no user name.",
    ),
  },
  children: {},
};

/** Limits of what a client may send. */
export const FLOW_CONTROL: Section<FlowControlFields> = {
  path: "api_metadata.flow_control",
  fields: {
    client_spike_threshold: threshold(
      "Requests of one IPv4 address, or one IPv6 network of 64 bits, to the API; those over it are answered 429.",
    ),
    server_connection_queueing: flag(
      false,
      "Whether requests wait when every server has as many connections as its quota.",
    ),
    bytes_in_threshold: threshold("Bytes from one IP address; WebSocket only."),
    bytes_out_threshold: threshold("Bytes to one IP address; WebSocket only."),
  },
  children: {},
};

/** One server of the API. */
export const SERVER: Section<ServerFields> = {
  path: "api_metadata.servers[]",
  fields: {
    host: {
      expects: "a host name, an IPv4 or an IPv6 address",
      isRequired: true,
      fallback: "localhost",
      meaning: "Where the server is.",
      read: readServerHost,
    },
    port: {
      expects: "a number from 1 to 65535",
      isRequired: true,
      fallback: 80,
      meaning: "The port of the server.",
      read: integerIn(1, 65_535),
    },
    server_spike_threshold: threshold("Requests to this server from all clients; HTTP only."),
    server_connection_quota: {
      expects: "a number from 0 to 1000000",
      fallback: 0,
      meaning: "Connections to this server at a time; 0 for no limit.",
      read: integerIn(0, 1_000_000),
    },
  },
  children: {},
};

/** The decoys of the API. */
export const DECOY_CONFIG: Section<DecoyFields> = {
  path: "api_metadata.decoy_config",
  fields: {
    decoy_enabled: flag(
      false,
      'Whether there are decoys: the paths of "decoy_subpaths", or the whole API if that is empty.',
    ),
    response_code: status(200, "The status that a decoy answers with."),
    response_def: phrase("The reason phrase that a decoy answers with."),
    response_message: {
      expects: `a string of at most ${MAX_BODY_BYTES} bytes in UTF-8`,
      fallback: "",
      meaning: "The body that a decoy answers with.",
      read: readBody,
    },
    decoy_subpaths: {
      expects: `an array of at most ${MAX_DECOYS} paths`,
      expectsEach: PATH,
      fallback: [],
      meaning:
        'Full paths below "url" that are decoys, each with everything below it, for every method. They are never forwarded.',
      read: listOf(readPath, MAX_DECOYS),
    },
  },
  children: {},
};
