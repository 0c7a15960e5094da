import { hasUnderscore, isContentLength, isToken } from "../headers/header-syntax.ts";
import { canonicalizeHost } from "../target/canonical-host.ts";
import { FIRST_CUSTOM, HEADER, type HeaderCodes } from "./header-codes.ts";
import { isKnownMethod } from "./known-method.ts";
import type { RequestView } from "./request-view.ts";

/** What becomes of a header field on the way to the upstream. */
export const PASS = 0;
/** Not passed on: of this connection only, or rebuilt by whoever forwards. */
export const DROP = 1;

/**
 * Reads one header field into `view` and says whether it is passed on (`PASS`) or not (`DROP`).
 *
 * `name` is in lower case. What makes the request ambiguous — a field twice where one is meant, an
 * invalid name, an unknown transfer coding — sets `view.isMalformed`; reading on is then harmless.
 */
export function readHeader(
  view: RequestView,
  codes: HeaderCodes,
  name: string,
  value: string,
): number {
  return readCodedHeader(view, headerCode(codes, name), value);
}

/** The code of a header name in lower case: what `readCodedHeader` takes, worth remembering. */
export function headerCode(codes: HeaderCodes, name: string): number {
  const code = codes.get(name);
  if (code !== undefined) return code;
  // A gateway that reads `X_User` as `X-User` would take it for a header that was checked.
  return isToken(name) && !hasUnderscore(name) ? HEADER.other : HEADER.invalid;
}

/** As `readHeader`, of a field whose code is known. */
export function readCodedHeader(view: RequestView, code: number, value: string): number {
  if (code === HEADER.other) return PASS;
  if (code === HEADER.invalid) {
    view.isMalformed = true;
    return PASS;
  }
  return code >= FIRST_CUSTOM
    ? readCustom(view, code - FIRST_CUSTOM, value)
    : readStandard(view, code, value);
}

function readCustom(view: RequestView, slot: number, value: string): number {
  while (view.customCount <= slot) view.custom[view.customCount++] = "";
  // A second value, even an equal one, is a choice that the upstream would make for us. An empty
  // first value cannot be told from none, which only makes the later one count.
  if (view.custom[slot] !== "") view.isMalformed = true;
  view.custom[slot] = value;
  return PASS;
}

function readStandard(view: RequestView, code: number, value: string): number {
  const bit = 1 << code;
  if (code === HEADER.hops) return readHops(view, value);
  if (code === HEADER.hopByHop || code === HEADER.proxyOnly) return DROP;
  if (code === HEADER.fetchSite || code === HEADER.purpose) return readOrigin(view, code, value);
  if ((view.seen & bit) !== 0) view.isMalformed = true;
  view.seen |= bit;
  return code <= HEADER.contentType
    ? readIdentity(view, code, value)
    : readFraming(view, code, value);
}

function readIdentity(view: RequestView, code: number, value: string): number {
  switch (code) {
    case HEADER.host: {
      const host = canonicalizeHost(value);
      if (host === undefined) view.isMalformed = true;
      else view.host = host;
      return DROP;
    }
    case HEADER.authorization:
      view.authorization = value;
      return PASS;
    case HEADER.cookie:
      view.cookie = value;
      return PASS;
    default:
      view.contentType = value;
      return PASS;
  }
}

function readFraming(view: RequestView, code: number, value: string): number {
  switch (code) {
    case HEADER.contentLength:
      if (!isContentLength(value)) view.isMalformed = true;
      view.contentLength = value;
      return DROP;
    case HEADER.transferEncoding:
      if (!isChunkedCoding(value)) view.isMalformed = true;
      view.isChunked = true;
      return DROP;
    case HEADER.connection:
      view.connection = value;
      return DROP;
    case HEADER.methodOverride:
      view.methodOverride = value;
      return PASS;
    case HEADER.onlyHop:
      view.hops = value;
      return DROP;
    default:
      view.requestId = value;
      return DROP;
  }
}

/** Several lines are one list (RFC 9110, 5.3): all of it counts, so that no hop hides in a line. */
function readHops(view: RequestView, value: string): number {
  view.hops = view.hops === "" ? value : `${view.hops},${value}`;
  return DROP;
}

/** Hints of a browser, which only ever spare somebody: nothing is ambiguous about two of them. */
function readOrigin(view: RequestView, code: number, value: string): number {
  if (code === HEADER.fetchSite) view.isCrossSite = value === "cross-site";
  else if (value.includes("prefetch")) view.isPrefetch = true;
  return PASS;
}

/** RFC 9112, 6.1: the only transfer coding understood here is exactly `chunked`, in any case. */
function isChunkedCoding(value: string): boolean {
  return value.length === 7 && value.toLowerCase() === "chunked";
}

/**
 * Checks what only the whole head can tell: a method that everybody knows, a host, one framing, a
 * Connection field that takes no identifier away. Call once after the last header field; the answer stands in `view.isMalformed`.
 */
export function finishHead(view: RequestView, codes: HeaderCodes): void {
  // An upstream that does not know a method may close a connection that others share; and RFC 9110, 9.3.6:
  // whatever follows CONNECT belongs to a tunnel, and so would the next request on that connection.
  if (view.host === "" || !isKnownMethod(view.method)) view.isMalformed = true;
  // RFC 9112, 6.1: both framings are an attempt to smuggle.
  if (view.isChunked && view.contentLength !== "") view.isMalformed = true;
  if (view.connection !== "" && namesProtectedHeader(view.connection, codes)) {
    view.isMalformed = true;
  }
}

const COMMA = 0x2c;

/**
 * Whether a Connection field names a header that the decision reads: dropping that one on the way
 * would forward something else than was checked.
 */
function namesProtectedHeader(connection: string, codes: HeaderCodes): boolean {
  let start = 0;
  for (let i = 0; i <= connection.length; i++) {
    if (i < connection.length && connection.charCodeAt(i) !== COMMA) continue;
    const name = connection.slice(start, i).trim().toLowerCase();
    start = i + 1;
    if (name === "") continue;
    const code = codes.get(name);
    if (code === undefined ? !isToken(name) : code !== HEADER.hopByHop) return true;
  }
  return false;
}

/** Whether `readHeader` passes a field of this name on: for a second look at a head. */
export function isPassedOn(codes: HeaderCodes, name: string): boolean {
  const code = codes.get(name) ?? HEADER.other;
  return (
    code === HEADER.other ||
    code >= FIRST_CUSTOM ||
    code === HEADER.authorization ||
    code === HEADER.cookie ||
    code === HEADER.contentType ||
    code === HEADER.methodOverride ||
    code === HEADER.fetchSite ||
    code === HEADER.purpose
  );
}

/** Whether a Connection field asks for more than keep-alive or close: then its names are dropped too. */
export function namesOtherHeaders(connection: string): boolean {
  if (connection === "" || connection === "keep-alive" || connection === "close") return false;
  const lower = connection.toLowerCase();
  return lower !== "keep-alive" && lower !== "close" && lower !== "upgrade";
}

/** Whether the comma-separated `connection` lists `name`, which is in lower case. */
export function isNamedIn(connection: string, name: string): boolean {
  for (const item of connection.split(",")) {
    if (item.trim().toLowerCase() === name) return true;
  }
  return false;
}
