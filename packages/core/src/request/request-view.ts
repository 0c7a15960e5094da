import type { Scheme } from "../definition/api-definition.ts";
import { TOKEN_CHECK, type TokenCheck } from "../identity/token-check.ts";
import type { CompiledApi } from "../policy/compiled-api.ts";

/** Int32 words of one identifier's 128-bit key. */
export const KEY_WORDS = 4;

/**
 * One request as the decision reads it. Made once and reused: `reset` before each request.
 *
 * Whoever reads the request from the wire fills the first part, with `readHeader` for the header
 * fields; `evaluate` fills the second. Empty strings mean «not there» throughout.
 */
export class RequestView {
  method = "";
  scheme: Scheme = "http";
  /** Canonical: lower case, no port. */
  host = "";
  /** Canonical: `readPath` has written it. */
  path = "";
  /** What the path takes beyond the strict form: `MERGED_SLASHES` and `ENCODED_SLASHES`. */
  pathLeniences = 0;
  /** Raw, without the question mark. */
  query = "";
  /** The socket's other end: 128 bits in network order, IPv4 mapped into IPv6. */
  readonly peer: Uint32Array = new Uint32Array(4);

  /** Set as soon as anything can be understood in more than one way. Never cleared but by `reset`. */
  isMalformed = false;
  /** One bit for each header code below `FIRST_CUSTOM` seen so far. */
  seen = 0;
  authorization = "";
  cookie = "";
  contentType = "";
  contentLength = "";
  isChunked = false;
  connection = "";
  methodOverride = "";
  /** What the hops in front say of the client's address: lines of one header, joined by commas. */
  hops = "";
  /** Whether `peer` is a trusted proxy, which may name the user in a header. The caller's to set. */
  isFromProxy = false;
  requestId = "";
  /** A browser says that a page of another site asked. */
  isCrossSite = false;
  /** A browser says that it asks before its user does. */
  isPrefetch = false;
  /** Values of the headers that API definitions name, by code minus `FIRST_CUSTOM`. */
  readonly custom: string[] = [];
  customCount = 0;

  /** The API that answers for this request, once it is routed. */
  api: CompiledApi | undefined = undefined;
  isDecoyPath = false;
  /** The client's address, as `peer` is; another one behind a trusted proxy. */
  readonly address: Uint32Array = new Uint32Array(4);
  /** Whether `address` is a proxy's that many clients share: it is never denied for one of them. */
  isSharedAddress = false;
  token = "";
  /** Value of the API's session cookie. */
  session = "";
  apiKey = "";
  username = "";
  /** Whether `username` is the client's: out of a verified token, or by the word of a trusted proxy. */
  usernameVerified = false;
  /** Whether `keys` has that of a user who is known by what a login was answered with. */
  hasLearnedUsername = false;
  tokenCheck: TokenCheck = TOKEN_CHECK.none;
  /** The token that is to be verified, while `tokenCheck` is `pending`. */
  pendingToken = "";
  /** What the lists say of any of the identifiers: `ALLOW` and deny bits. */
  listFlags = 0;
  /** The 128-bit keys of the identifiers, `KEY_WORDS` words for each kind in the kinds' order. */
  readonly keys: Int32Array = new Int32Array(5 * KEY_WORDS);

  /** Forgets the last request. Method, scheme, path, query, peer and address are the caller's to set. */
  reset(): void {
    this.pathLeniences = 0;
    this.isMalformed = false;
    this.seen = 0;
    this.host = "";
    this.authorization = "";
    this.cookie = "";
    this.contentType = "";
    this.contentLength = "";
    this.isChunked = false;
    this.connection = "";
    this.methodOverride = "";
    this.hops = "";
    this.isFromProxy = false;
    this.requestId = "";
    this.isCrossSite = false;
    this.isPrefetch = false;
    for (let i = 0; i < this.customCount; i++) this.custom[i] = "";
    this.customCount = 0;
    this.api = undefined;
    this.isDecoyPath = false;
    this.isSharedAddress = false;
    this.token = "";
    this.session = "";
    this.apiKey = "";
    this.username = "";
    this.usernameVerified = false;
    this.hasLearnedUsername = false;
    this.tokenCheck = TOKEN_CHECK.none;
    this.pendingToken = "";
    this.listFlags = 0;
  }

  /** The value of the custom header in `slot`; empty where the request has none. */
  customHeader(slot: number): string {
    return slot < this.customCount ? (this.custom[slot] ?? "") : "";
  }

  /** Whether a body follows the head (RFC 9112, 6.3). */
  hasBody(): boolean {
    return this.isChunked || (this.contentLength !== "" && this.contentLength !== "0");
  }
}
