import { type Answer } from "@portcullis/core";
import { type AnswerHead } from "@portcullis/upstream";

import { type UwsResponse, type Writable } from "./uws.ts";

/** What an answer of our own needs to know of its request. */
export interface AnsweredRequest {
  readonly method: string;
  readonly requestId: string;
}

const TEXT = "text/plain; charset=utf-8";

const FAULT_ANSWERS: ReadonlyMap<number, Answer> = new Map(
  [
    { status: 413, phrase: "Content Too Large", body: "Error: Content Too Large" },
    { status: 501, phrase: "Not Implemented", body: "Error: Not Implemented" },
    { status: 502, phrase: "Bad Gateway", body: "Error: Bad Gateway" },
    { status: 503, phrase: "Service Unavailable", body: "Error: No Backend Available" },
    { status: 504, phrase: "Gateway Timeout", body: "Error: Gateway Timeout" },
  ].map((answer) => [answer.status, answer]),
);

/**
 * Sends an answer of our own and returns the bytes of its body. Corked, or inside the handler.
 *
 * `location` is empty but for redirects. `closes`: nothing after this request is served.
 */
export function sendAnswer(
  res: UwsResponse,
  answer: Answer,
  request: AnsweredRequest,
  location: string,
  closes: boolean,
): number {
  const { bodyBytes, statusText } = prepared(answer);
  res.writeStatus(statusText);
  if (location !== "") res.writeHeader("location", location);
  res.writeHeader("content-type", TEXT).writeHeader("x-request-id", request.requestId);
  if (request.method === "HEAD") {
    endWithoutBody(res, bodyBytes, closes);
    return 0;
  }
  res.end(answer.body, closes);
  return bodyBytes;
}

interface PreparedAnswer {
  readonly statusText: string;
  readonly bodyBytes: number;
}

/** Answers are few and long-lived: what can be worked out once is. */
const PREPARED = new WeakMap<Answer, PreparedAnswer>();

function prepared(answer: Answer): PreparedAnswer {
  const known = PREPARED.get(answer);
  if (known !== undefined) return known;
  const fresh = {
    statusText: `${answer.status} ${answer.phrase}`,
    bodyBytes: Buffer.byteLength(answer.body),
  };
  PREPARED.set(answer, fresh);
  return fresh;
}

/**
 * Ends an answer that has no body; `contentLength` is what GET would have got, -1 if that is not said.
 *
 * The engine's own way to say a length other than 0 never counts the answer as given (20.30): inside
 * a handler that ends the process, later it spoils the connection. So the length is a plain header —
 * and is not said where the connection is to be closed, for which the engine wants a length.
 */
export function endWithoutBody(res: UwsResponse, contentLength: number, closes: boolean): void {
  if (closes) {
    res.endWithoutBody(0, true);
    return;
  }
  if (contentLength >= 0) res.writeHeader("content-length", String(contentLength));
  res.endWithoutBody();
}

/** Tells the client that its request was in order but could not be served; closes the connection. */
export function sendFault(res: UwsResponse, status: number, request: AnsweredRequest): number {
  const answer = FAULT_ANSWERS.get(status) ?? { status, phrase: "Error", body: "Error" };
  return sendAnswer(res, answer, request, "", true);
}

/** A status line's code and phrase, byte for byte. */
export function statusLine(status: number, phrase: string): string {
  // A phrase past ASCII would be sent as UTF-8, other bytes than came; it carries no meaning
  // (RFC 9110, 15), so none is sent instead.
  return isAscii(phrase) ? `${status} ${phrase}` : `${status} `;
}

/** Writes the headers of an upstream's answer, byte for byte, and the request's id. */
export function writeAnswerHead(
  res: UwsResponse,
  head: Pick<AnswerHead, "count" | "pairs">,
  requestId: string,
): void {
  const { pairs } = head;
  const end = head.count * 2;
  for (let at = 0; at < end; at += 2) {
    const name = pairs[at] ?? "";
    // The engine writes a Date of its own.
    if (name === "date" || name === "x-request-id") continue;
    res.writeHeader(name, exact(pairs[at + 1] ?? ""));
  }
  res.writeHeader("x-request-id", requestId);
}

/** The engine sends a string as UTF-8; a value past ASCII is handed over as the bytes it came as. */
function exact(value: string): Writable {
  return isAscii(value) ? value : Buffer.from(value, "latin1");
}

function isAscii(text: string): boolean {
  return Buffer.byteLength(text, "utf8") === text.length;
}
