import { HOP_HEADERS, type HopHeader, isSingleHop } from "../identity/hop-source.ts";

/**
 * The header fields that mean something to the enforcer, as small numbers.
 *
 * Codes below `FIRST_CUSTOM` may appear once in a request; a second one makes it ambiguous. Codes
 * from `FIRST_CUSTOM` on are the headers that API definitions name, in slots of `RequestView.custom`.
 */
export const HEADER = {
  other: 0,
  host: 1,
  authorization: 2,
  cookie: 3,
  contentType: 4,
  contentLength: 5,
  transferEncoding: 6,
  connection: 7,
  methodOverride: 8,
  /** The list of hops that a trusted proxy may name the client in. */
  hops: 9,
  requestId: 10,
  /** Means something on one connection only, and is not passed on (RFC 9110, 7.6.1). */
  hopByHop: 11,
  /** Says where a request came from, or which path is meant: only a proxy may say that. */
  proxyOnly: 12,
  /** The one address that a trusted proxy may name the client by, where no list is read. */
  onlyHop: 13,
  /** Its name is none, or one that gateways take for another. */
  invalid: 14,
  /** Whose page asked (Fetch Metadata). */
  fetchSite: 15,
  /** Whether a browser asks before its user does. */
  purpose: 16,
} as const;

export const FIRST_CUSTOM = 20;

const STANDARD: readonly (readonly [string, number])[] = [
  ["host", HEADER.host],
  ["authorization", HEADER.authorization],
  ["cookie", HEADER.cookie],
  ["content-type", HEADER.contentType],
  ["content-length", HEADER.contentLength],
  ["transfer-encoding", HEADER.transferEncoding],
  ["connection", HEADER.connection],
  ["x-http-method-override", HEADER.methodOverride],
  ["x-http-method", HEADER.methodOverride],
  ["x-method-override", HEADER.methodOverride],
  ["x-request-id", HEADER.requestId],
  ["sec-fetch-site", HEADER.fetchSite],
  ["sec-purpose", HEADER.purpose],
  ["purpose", HEADER.purpose],
  ["x-moz", HEADER.purpose],
  ["keep-alive", HEADER.hopByHop],
  ["proxy-connection", HEADER.hopByHop],
  ["proxy-authorization", HEADER.hopByHop],
  ["proxy-authenticate", HEADER.hopByHop],
  ["te", HEADER.hopByHop],
  ["trailer", HEADER.hopByHop],
  ["upgrade", HEADER.hopByHop],
  ["expect", HEADER.hopByHop],
  ["http2-settings", HEADER.hopByHop],
  ["sec-websocket-key", HEADER.hopByHop],
  ["sec-websocket-version", HEADER.hopByHop],
  ["sec-websocket-protocol", HEADER.hopByHop],
  ["sec-websocket-extensions", HEADER.hopByHop],
  ["sec-websocket-accept", HEADER.hopByHop],
  ["x-forwarded-proto", HEADER.proxyOnly],
  ["x-forwarded-host", HEADER.proxyOnly],
  ["x-forwarded-port", HEADER.proxyOnly],
  ["x-forwarded-prefix", HEADER.proxyOnly],
  ["x-original-url", HEADER.proxyOnly],
  ["x-rewrite-url", HEADER.proxyOnly],
];

/** Lower-case header name to code. */
export type HeaderCodes = ReadonlyMap<string, number>;

/**
 * Numbers the headers that matter to a policy: the standard ones, and `custom`, the lower-case
 * names found in API definitions. A custom name that is a standard one keeps its standard code.
 *
 * `hopHeader` is the one that trusted proxies name the client in; the others of its kind are dropped.
 */
export function compileHeaderCodes(
  custom: Iterable<string>,
  hopHeader: HopHeader = "x-forwarded-for",
): HeaderCodes {
  const codes = new Map<string, number>(STANDARD);
  for (const name of HOP_HEADERS) codes.set(name, HEADER.proxyOnly);
  codes.set(hopHeader, isSingleHop(hopHeader) ? HEADER.onlyHop : HEADER.hops);
  let next = FIRST_CUSTOM;
  for (const name of custom) {
    if (!codes.has(name)) codes.set(name, next++);
  }
  return codes;
}
