/** The literal codes of everything this package throws. */
export type ProxyErrorCode =
  | "ERR_UWS_UNAVAILABLE"
  | "ERR_LISTEN"
  | "ERR_CERTIFICATE"
  | "ERR_TOKEN_KEYS"
  | "ERR_EDGE_START"
  | "ERR_BAD_REQUEST"
  | "ERR_NOT_FOUND"
  | "ERR_CONFLICT";

/** Base of everything this package throws. A verdict is never an error. */
export abstract class ProxyError extends Error {
  abstract readonly code: ProxyErrorCode;

  override get name(): string {
    return this.constructor.name;
  }
}

/** No build of uWebSockets.js fits this machine, or the one that fits is not the one that was pinned. */
export class UwsUnavailableError extends ProxyError {
  readonly code = "ERR_UWS_UNAVAILABLE";
}

/** An address could not be listened on: taken, or not this machine's. */
export class ListenError extends ProxyError {
  readonly code = "ERR_LISTEN";

  constructor(what: string, host: string, port: number, cause?: unknown) {
    super(`${what}: cannot listen on ${host}:${port}: is the port taken?`, { cause });
  }
}

/** Certificates or keys of the TLS listener that cannot be read or used; names every one of them. */
export class CertificateError extends ProxyError {
  readonly code = "ERR_CERTIFICATE";
  /** One line each: the file, and what was expected. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

/** The keys of an issuer of tokens cannot be read or used. Shows neither a key nor the query of a URL. */
export class TokenKeysError extends ProxyError {
  readonly code = "ERR_TOKEN_KEYS";

  constructor(issuer: string, place: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : "unreadable";
    super(`token issuer ${issuer}: ${place.replace(/\?.*$/, "")}: ${reason}`, { cause });
  }
}

/** An edge thread ended before it was ready. */
export class EdgeStartError extends ProxyError {
  readonly code = "ERR_EDGE_START";
}

/** A management request that cannot be understood; nothing was changed. */
export class BadRequestError extends ProxyError {
  readonly code = "ERR_BAD_REQUEST";
}

/** A management request about something that is not there; nothing was changed. */
export class NotFoundError extends ProxyError {
  readonly code = "ERR_NOT_FOUND";
}

/** A management request that contradicts what is there; nothing was changed. */
export class ConflictError extends ProxyError {
  readonly code = "ERR_CONFLICT";
}
