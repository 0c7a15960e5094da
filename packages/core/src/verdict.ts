/** What the enforcer does with one request. `kind` tells the members apart. */
export type Verdict = Forward | Monitor | Block | Decoy | Redirect | Reject;

/** Send the request upstream. */
export interface Forward {
  readonly kind: "forward";
}

/** Send the request upstream and report that it would have been blocked for `reason`. */
export interface Monitor {
  readonly kind: "monitor";
  readonly reason: BlockReason;
}

/** Answer downstream; nothing reaches the upstream. */
export interface Block {
  readonly kind: "block";
  readonly reason: BlockReason;
  readonly answer: Answer;
}

/** Answer downstream as if the decoy were real; the client has given itself away. */
export interface Decoy {
  readonly kind: "decoy";
  readonly answer: Answer;
}

/** Plain HTTP arrived where only HTTPS is allowed: point the client there. Not an offence. */
export interface Redirect {
  readonly kind: "redirect";
  readonly location: string;
  readonly answer: Answer;
}

/** The request reaches no API: it cannot be understood in one way, or nothing answers for it. */
export interface Reject {
  readonly kind: "reject";
  readonly reason: RejectReason;
  readonly answer: Answer;
}

/** A check's outcome other than `forward`. */
export type Objection = Block | Monitor;

/** The label a block carries into logs, reports and metrics. */
export type BlockReason =
  | "deny-list"
  | "protocol"
  | "method"
  | "content-type"
  | "missing-token"
  | "invalid-token"
  | "token-unavailable"
  | "client-spike";

export type RejectReason = "malformed" | "unknown-host" | "unknown-api";

/** An answer the enforcer gives by itself. `body` is sent as `text/plain`, encoded as UTF-8. */
export interface Answer {
  readonly status: number;
  readonly phrase: string;
  readonly body: string;
}

/** The one shared `forward`: letting a request pass allocates nothing. */
export const FORWARD: Forward = Object.freeze({ kind: "forward" });

/** What the client receives instead of the upstream's answer; `undefined`: the upstream answers. */
export function answerOf(verdict: Verdict): Answer | undefined {
  return verdict.kind === "forward" || verdict.kind === "monitor" ? undefined : verdict.answer;
}

const reject = (reason: RejectReason, status: number, phrase: string, body: string): Reject =>
  Object.freeze({ kind: "reject", reason, answer: Object.freeze({ status, phrase, body }) });

export const MALFORMED: Reject = reject(
  "malformed",
  400,
  "Bad Request",
  "Error: Malformed Request",
);
export const UNKNOWN_HOST: Reject = reject(
  "unknown-host",
  503,
  "Service Unavailable",
  "Error: Unknown Hostname",
);
export const UNKNOWN_API: Reject = reject(
  "unknown-api",
  503,
  "Service Unavailable",
  "Error: Unknown API",
);

/** What every listed client gets, whichever identifier is listed: 403 with this phrase. */
export const UNAUTHORIZED: Answer = Object.freeze({
  status: 403,
  phrase: "Unauthorized",
  body: "Error: Unauthorized",
});

/** What a client gets whose token nobody can verify just now. */
export const TOKEN_UNAVAILABLE: Answer = Object.freeze({
  status: 503,
  phrase: "Service Unavailable",
  body: "Error: Token Verification Unavailable",
});

/** What a client gets that has had its requests of this period (RFC 6585, 4). */
export const TOO_MANY_REQUESTS: Answer = Object.freeze({
  status: 429,
  phrase: "Too Many Requests",
  body: "Error: Too Many Requests",
});
