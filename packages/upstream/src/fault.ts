/** What went wrong between the enforcer and an upstream; a label for logs and metrics too. */
export type UpstreamFaultCode =
  | "refused"
  | "connect-timeout"
  | "head-timeout"
  | "idle-timeout"
  | "reset"
  | "garbage"
  | "closed"
  | "overload"
  | "unsendable";

/**
 * Why an exchange has no complete answer. Shared and frozen: compare `code`, keep it as long as
 * you like.
 */
export interface UpstreamFault {
  readonly code: UpstreamFaultCode;
  /**
   * What the client gets if no head went out yet: 504 for time-outs, 503 where a limit of ours stands
   * in the way, else 502 (RFC 9110, 15.6).
   */
  readonly status: 502 | 503 | 504;
  /** A fixed label that says more, for logs. Never holds bytes of a request or an answer. */
  readonly detail: string;
}

const fault = (
  code: UpstreamFaultCode,
  status: UpstreamFault["status"],
  detail: string,
): UpstreamFault => Object.freeze({ code, status, detail });

const garbage = (detail: string): UpstreamFault => fault("garbage", 502, detail);

/** The connection could not be made; `detail` is the system's or the TLS layer's error code. */
export function refusedFault(detail: string): UpstreamFault {
  return fault("refused", 502, detail);
}

export const CONNECT_TIMEOUT: UpstreamFault = fault("connect-timeout", 504, "connect-timeout");
export const HEAD_TIMEOUT: UpstreamFault = fault("head-timeout", 504, "head-timeout");
export const IDLE_TIMEOUT: UpstreamFault = fault("idle-timeout", 504, "idle-timeout");

export const RESET_BEFORE_HEAD: UpstreamFault = fault("reset", 502, "closed-before-head");
export const RESET_IN_BODY: UpstreamFault = fault("reset", 502, "closed-in-body");

export const POOL_CLOSED: UpstreamFault = fault("closed", 502, "pool-closed");
export const QUEUE_FULL: UpstreamFault = fault("overload", 503, "queue-full");
export const QUEUE_TIMEOUT: UpstreamFault = fault("overload", 503, "queue-timeout");

/** Every server of the API that may be asked has as many exchanges as its quota allows. */
export const QUOTA: UpstreamFault = fault("overload", 503, "quota");
export const QUOTA_QUEUE_FULL: UpstreamFault = fault("overload", 503, "quota-queue-full");
export const QUOTA_QUEUE_TIMEOUT: UpstreamFault = fault("overload", 503, "quota-queue-timeout");
/** Every one has had its requests of this period. */
export const SPIKE: UpstreamFault = fault("overload", 503, "spike");
/** The API has no server. */
export const NO_SERVER: UpstreamFault = fault("overload", 503, "no-server");

/** The caller's mistake, not the upstream's: sending it would let two parsers disagree. */
export const HEAD_NOT_LATIN1: UpstreamFault = fault("unsendable", 502, "head-not-latin1");
export const BODY_LENGTH_DIFFERS: UpstreamFault = fault("unsendable", 502, "body-length-differs");

export const BAD_STATUS_LINE: UpstreamFault = garbage("bad-status-line");
export const BAD_LINE_END: UpstreamFault = garbage("bad-line-end");
export const BAD_HEADER_NAME: UpstreamFault = garbage("bad-header-name");
export const FOLDED_HEADER: UpstreamFault = garbage("folded-header");
export const CONTROL_CHARACTER: UpstreamFault = garbage("control-character");
export const HEAD_TOO_LARGE: UpstreamFault = garbage("head-too-large");
export const TOO_MANY_HEADERS: UpstreamFault = garbage("too-many-headers");
export const TOO_MANY_INTERIM: UpstreamFault = garbage("too-many-interim-answers");
export const INTERIM_WITH_BODY: UpstreamFault = garbage("interim-answer-with-body");
export const UNEXPECTED_UPGRADE: UpstreamFault = garbage("unexpected-upgrade");
export const BAD_CONTENT_LENGTH: UpstreamFault = garbage("bad-content-length");
export const REPEATED_CONTENT_LENGTH: UpstreamFault = garbage("repeated-content-length");
export const BAD_TRANSFER_ENCODING: UpstreamFault = garbage("bad-transfer-encoding");
export const TWO_FRAMINGS: UpstreamFault = garbage("two-framings");
export const BAD_CONNECTION_HEADER: UpstreamFault = garbage("bad-connection-header");
export const BAD_CHUNK_SIZE: UpstreamFault = garbage("bad-chunk-size");
export const BAD_CHUNK_END: UpstreamFault = garbage("bad-chunk-end");
export const CHUNK_EXTENSION_TOO_LARGE: UpstreamFault = garbage("chunk-extension-too-large");
export const BAD_TRAILER: UpstreamFault = garbage("bad-trailer");
export const BYTES_AFTER_ANSWER: UpstreamFault = garbage("bytes-after-answer");
