import { Buffer } from "node:buffer";

import type { Answer } from "@portcullis/core";
import type { AnswerHead } from "@portcullis/upstream";

import type { MappedAnswer } from "./answer-mapping.ts";
import type { UwsResponse } from "./uws.ts";

/** What an answer of our own needs to know of its request. */
export interface AnsweredRequest {
  readonly method: string;
  readonly requestId: string;
}

/** RFC 9110, 15.5.2: who answers 401 says what is asked for. */
const CHALLENGE = "www-authenticate: Bearer\r\n";
const TEXT_AND_ID = "content-type: text/plain; charset=utf-8\r\nx-request-id: ";

const FAULT_ANSWERS: ReadonlyMap<number, Answer> = new Map(
  [
    { status: 400, phrase: "Bad Request", body: "Error: Unreadable Login" },
    { status: 408, phrase: "Request Timeout", body: "Error: Request Timeout" },
    { status: 413, phrase: "Content Too Large", body: "Error: Content Too Large" },
    { status: 501, phrase: "Not Implemented", body: "Error: Not Implemented" },
    { status: 502, phrase: "Bad Gateway", body: "Error: Bad Gateway" },
    { status: 503, phrase: "Service Unavailable", body: "Error: No Backend Available" },
    { status: 504, phrase: "Gateway Timeout", body: "Error: Gateway Timeout" },
  ].map((answer) => [answer.status, answer]),
);

/** The edge forwards as many requests as it may. */
export const OVERLOADED: Answer = Object.freeze({
  status: 503,
  phrase: "Service Unavailable",
  body: "Error: Overloaded",
});

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
  const ready = prepared(answer);
  writeOwnHead(res, ready, request, location);
  return endWithAnswer(res, ready, request, closes);
}

function writeOwnHead(
  res: UwsResponse,
  { head }: PreparedAnswer,
  request: AnsweredRequest,
  location: string,
): void {
  const more = location === "" ? "" : `\r\nlocation: ${location}`;
  // All of it is ASCII, by the schemas of definitions and settings.
  res.writeStatus(`${head}${request.requestId}${more}`);
}

/** The bytes of the body of an answer of our own. */
export function bodyBytesOf(answer: Answer): number {
  return prepared(answer).bodyBytes;
}

/**
 * Sends a small answer of our own and closes the connection of a client that does not read its
 * answers. Not inside the cork of `res`: what fits into a cork seems to be sent.
 */
export function sendToReader(
  res: UwsResponse,
  answer: Answer,
  request: AnsweredRequest,
  location: string,
): number {
  if (request.method === "HEAD") return sendAnswer(res, answer, request, location, false);
  const ready = prepared(answer);
  writeOwnHead(res, ready, request, location);
  const { body, bodyBytes } = ready;
  const [isTaken] = res.tryEnd(body, bodyBytes);
  if (!isTaken) res.close();
  return bodyBytes;
}

/** What an answer of our own ends with, behind its head. */
function endWithAnswer(
  res: UwsResponse,
  { body, bodyBytes }: PreparedAnswer,
  request: AnsweredRequest,
  closes: boolean,
): number {
  if (request.method === "HEAD") {
    endWithoutBody(res, bodyBytes, closes);
    return 0;
  }
  res.end(body, closes);
  return bodyBytes;
}

/**
 * Writes status line and headers at once, byte for byte: `head` is what stands between `HTTP/1.1 `
 * and the last CRLF.
 *
 * The engine writes a status as it is given, and takes no offence at lines in it. Each call into it
 * costs more than the header it would write.
 */
export function writeHead(res: UwsResponse, head: string): void {
  // It sends a string as UTF-8; one past ASCII is handed over as the bytes it came as.
  res.writeStatus(isAscii(head) ? head : Buffer.from(head, "latin1"));
}

interface PreparedAnswer {
  readonly statusText: string;
  /** For `writeHead`, up to the request's id. */
  readonly head: string;
  readonly body: string;
  readonly bodyBytes: number;
}

/** Answers are few and long-lived: what can be worked out once is. */
const PREPARED = new WeakMap<Answer, PreparedAnswer>();

function prepared(answer: Answer): PreparedAnswer {
  const known = PREPARED.get(answer);
  if (known !== undefined) return known;
  const statusText = `${answer.status} ${answer.phrase}`;
  const fresh = {
    statusText,
    head: `${statusText}\r\n${answer.status === 401 ? CHALLENGE : ""}${TEXT_AND_ID}`,
    body: answer.body,
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

/** What describes a body (RFC 9110, 8; RFC 9530; RFC 6266), and goes with it. */
const ABOUT_THE_BODY: ReadonlySet<string> = new Set([
  "accept-ranges",
  "content-digest",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-location",
  "content-md5",
  "content-range",
  "content-type",
  "digest",
  "etag",
  "last-modified",
  "repr-digest",
]);

/**
 * Sends `answer` with those headers of an upstream's answer that are not about its body, which it
 * replaces; returns the bytes of the new one.
 */
export function sendReplacement(
  res: UwsResponse,
  head: AnswerHead,
  answer: Answer,
  request: AnsweredRequest,
  mapped: MappedAnswer | undefined,
  closes: boolean,
): number {
  const ready = prepared(answer);
  let text = ready.statusText;
  const end = head.count * 2;
  for (let at = 0; at < end; at += 2) {
    const name = head.pairs[at] ?? "";
    if (!isOurs(name) && !ABOUT_THE_BODY.has(name)) {
      text += lineOf(name, head.pairs[at + 1] ?? "", mapped);
    }
  }
  writeHead(res, `${text}\r\n${TEXT_AND_ID}${request.requestId}`);
  return endWithAnswer(res, ready, request, closes);
}

/** The engine writes a Date of its own. */
function isOurs(name: string): boolean {
  return name === "date" || name === "x-request-id";
}

/**
 * The head of an upstream's answer for `writeHead`, one char a byte: as it came but for what `mapped`
 * maps, and with the request's id.
 */
export function passedHead(
  head: Pick<AnswerHead, "count" | "pairs" | "phrase" | "status">,
  requestId: string,
  mapped: MappedAnswer | undefined,
): string {
  const { pairs } = head;
  let text = `${head.status} ${head.phrase}`;
  const end = head.count * 2;
  for (let at = 0; at < end; at += 2) {
    const name = pairs[at] ?? "";
    if (!isOurs(name)) text += lineOf(name, pairs[at + 1] ?? "", mapped);
  }
  return `${text}\r\nx-request-id: ${requestId}`;
}

function lineOf(name: string, value: string, mapped: MappedAnswer | undefined): string {
  return `\r\n${name}: ${mapped === undefined ? value : mapped.map(name, value)}`;
}

function isAscii(text: string): boolean {
  return Buffer.byteLength(text, "utf8") === text.length;
}
