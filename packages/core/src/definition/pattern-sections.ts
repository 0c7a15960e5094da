import { phrase, status } from "./field-kinds.ts";
import type { Section } from "./field.ts";
import { MAX_BODY_BYTES, readBody, readRedirectStatus } from "./read-answer.ts";
import { readHttpsUrl } from "./read-https-url.ts";
import { METHODS, readMediaType, readMethod } from "./read-pattern.ts";
import { listOf, oneOf, optional } from "./read-primitives.ts";
import { accept } from "./read.ts";
import type { PatternFields, RedirectFields } from "./section-types.ts";

const DEFAULT_ERROR = 401;
const MAX_METHODS = 32;
/** Moved Permanently, unless the redirect says another. */
export const DEFAULT_REDIRECT = 301;

/** What a request must look like, and the answer to one that does not. */
export const PATTERN: Section<PatternFields, "http_redirect"> = {
  path: "api_metadata.api_pattern_enforcement",
  fields: {
    protocol_allowed: {
      expects: '"http", "https", "ws" or "wss"',
      fallback: "",
      meaning: "The only protocol that requests may arrive by; empty for every one.",
      read: optional(oneOf(["http", "https", "ws", "wss"])),
    },
    methods_allowed: {
      expects: `an array of at most ${MAX_METHODS} methods`,
      expectsEach: `one of ${METHODS.join(", ")} in upper case`,
      fallback: [],
      meaning: "The only methods that requests may use; empty for every one.",
      read: listOf(readMethod, MAX_METHODS),
    },
    content_type_allowed: {
      expects: 'one media type without parameters, like "application/json"',
      fallback: "",
      meaning: "The only media type that bodies may have; empty for every one.",
      read: optional(readMediaType),
    },
    error_code: status(DEFAULT_ERROR, "The status that answers a violation."),
    error_def: phrase("The reason phrase that answers a violation."),
    error_message_body: {
      expects: `a string of at most ${MAX_BODY_BYTES} bytes in UTF-8`,
      fallback: undefined,
      fallbackNote: 'status and phrase: "401 Unauthorized"',
      meaning: "The body that answers a violation; an empty string is an empty body.",
      read: (value) => (value === undefined ? accept(undefined) : readBody(value)),
    },
  },
  children: {
    http_redirect: {
      expects: "an object",
      meaning: 'Where plain HTTP is sent if "protocol_allowed" is "https".',
    },
  },
};

/** The answer to plain HTTP where only HTTPS is allowed. */
export const REDIRECT: Section<RedirectFields> = {
  path: "api_metadata.api_pattern_enforcement.http_redirect",
  fields: {
    response_code: {
      expects: "301, 302, 303, 307 or 308 as a number or a string of three digits",
      fallback: "",
      fallbackNote: `${DEFAULT_REDIRECT}`,
      meaning: "The status of the redirect.",
      read: optional(readRedirectStatus),
    },
    response_def: phrase("The reason phrase of the redirect."),
    https_url: {
      expects: 'an absolute URL that begins with "https://"',
      fallback: "",
      meaning: "Where the redirect leads; empty for none, and plain HTTP then is a violation.",
      read: optional(readHttpsUrl),
    },
  },
  children: {},
};
