import {
  BAD_CONNECTION_HEADER,
  BAD_CONTENT_LENGTH,
  BAD_TRANSFER_ENCODING,
  REPEATED_CONTENT_LENGTH,
  TWO_FRAMINGS,
  type UpstreamFault,
} from "../fault.ts";
import type { AnswerHead } from "./answer-head.ts";
import { DIGIT_0, DIGIT_9, LOWER_TOKEN } from "./byte-classes.ts";
import { type HeadScanner, PHRASE_OFFSET } from "./head-scanner.ts";
import { NameKind } from "./header-names.ts";

const KEEP_ALIVE_TIMEOUT = /(?:^|[\t ,])timeout[\t ]*=[\t ]*"?(\d+)/i;
const MAX_SECONDS = 86_400;

/** In one Connection line, and named by all of them together. */
const MAX_OPTIONS = 16;

/** What the framing headers of one head say. */
export class HeadFraming {
  fault: UpstreamFault | undefined = undefined;
  /** -1 without a Content-Length. */
  contentLength = -1;
  isChunked = false;
  /** `Connection: close` was said. */
  isClosing = false;
  /** After how many idle seconds the upstream closes: the `timeout` of Keep-Alive; -1 if not said. */
  keepAliveSeconds = -1;
  /** Lower-case names that Connection lists, other than `close` and `keep-alive`. */
  readonly nominated: string[] = [];

  restart(): void {
    this.fault = undefined;
    this.contentLength = -1;
    this.isChunked = false;
    this.isClosing = false;
    this.keepAliveSeconds = -1;
    if (this.nominated.length > 0) this.nominated.length = 0;
  }
}

/**
 * Turns a scanned head, given as `text`, into `head` and `framing`. Two framings, or one that can be
 * read in two ways, end in `framing.fault` (RFC 9112, 6.3).
 */
export function readHead(
  scanner: HeadScanner,
  text: string,
  head: AnswerHead,
  framing: HeadFraming,
): void {
  framing.restart();
  head.status = scanner.status;
  head.phrase = text.slice(PHRASE_OFFSET, scanner.phraseEnd);
  const { names, values, count } = scanner;
  let used = 0;
  for (let i = 0; i < count; i++) {
    const name = names[i];
    const start = values[2 * i] ?? 0;
    const end = values[2 * i + 1] ?? 0;
    if (name === undefined) break;
    if (name.kind === NameKind.OTHER) {
      head.pairs[2 * used] = name.lower;
      head.pairs[2 * used + 1] = text.slice(start, end);
      used++;
    } else {
      readSpecial(name.kind, text, start, end, framing);
    }
  }
  head.count = used;
  if (framing.isChunked && framing.contentLength !== -1) framing.fault ??= TWO_FRAMINGS;
  if (framing.nominated.length > 0) dropNominated(head, framing.nominated);
}

function readSpecial(
  kind: number,
  text: string,
  start: number,
  end: number,
  framing: HeadFraming,
): void {
  if (kind === NameKind.CONTENT_LENGTH) {
    readContentLength(text, start, end, framing);
  } else if (kind === NameKind.TRANSFER_ENCODING) {
    if (framing.isChunked || !isWord(text, start, end, "chunked")) {
      framing.fault ??= BAD_TRANSFER_ENCODING;
    }
    framing.isChunked = true;
  } else if (kind === NameKind.CONNECTION) {
    readConnection(text, start, end, framing);
  } else if (kind === NameKind.KEEP_ALIVE) {
    readKeepAlive(text, start, end, framing);
  }
}

/** RFC 2068, 19.7.1.1. A hint, so that what cannot be read is no fault; of several the shortest holds. */
function readKeepAlive(text: string, start: number, end: number, framing: HeadFraming): void {
  const seconds = leadingTimeout(text, start, end);
  if (seconds === -1) return;
  const known = framing.keepAliveSeconds;
  framing.keepAliveSeconds = known === -1 ? seconds : Math.min(known, seconds);
}

/** `timeout=5` is how nearly all of them begin, and is read without a new string. */
function leadingTimeout(text: string, start: number, end: number): number {
  const digits = start + "timeout=".length;
  if (digits < end && isWord(text, start, digits - 1, "timeout") && text[digits - 1] === "=") {
    let seconds = 0;
    let at = digits;
    for (; at < end && isDigit(text.charCodeAt(at)); at++) {
      seconds = Math.min(MAX_SECONDS, seconds * 10 + (text.charCodeAt(at) - DIGIT_0));
    }
    if (at > digits) return seconds;
  }
  const found = KEEP_ALIVE_TIMEOUT.exec(text.slice(start, end))?.[1];
  return found === undefined ? -1 : Math.min(MAX_SECONDS, Number(found));
}

function isDigit(code: number): boolean {
  return code >= DIGIT_0 && code <= DIGIT_9;
}

function readContentLength(text: string, start: number, end: number, framing: HeadFraming): void {
  if (framing.contentLength !== -1) {
    framing.fault ??= REPEATED_CONTENT_LENGTH;
    return;
  }
  let length = 0;
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    if (!isDigit(code)) {
      framing.fault ??= BAD_CONTENT_LENGTH;
      return;
    }
    length = length * 10 + (code - DIGIT_0);
    if (length > Number.MAX_SAFE_INTEGER) {
      framing.fault ??= BAD_CONTENT_LENGTH;
      return;
    }
  }
  if (start === end) framing.fault ??= BAD_CONTENT_LENGTH;
  framing.contentLength = length;
}

/** `Connection` is a list of tokens; the two usual ones cost no string. */
function readConnection(text: string, start: number, end: number, framing: HeadFraming): void {
  if (isWord(text, start, end, "keep-alive")) return;
  if (isWord(text, start, end, "close")) {
    framing.isClosing = true;
    return;
  }
  const parts = text.slice(start, end).split(",", MAX_OPTIONS + 1);
  // Every option costs a look at every header: without a bound an upstream could buy CPU with a line.
  if (parts.length > MAX_OPTIONS) framing.fault ??= BAD_CONNECTION_HEADER;
  for (const part of parts) {
    const option = part.trim().toLowerCase();
    if (option === "close") framing.isClosing = true;
    else if (option !== "" && option !== "keep-alive") nominate(option, framing);
  }
}

function nominate(option: string, framing: HeadFraming): void {
  for (let i = 0; i < option.length; i++) {
    const code = option.charCodeAt(i);
    if (code > 255 || LOWER_TOKEN[code] === 0) framing.fault ??= BAD_CONNECTION_HEADER;
  }
  if (framing.nominated.length < MAX_OPTIONS) framing.nominated.push(option);
  else framing.fault ??= BAD_CONNECTION_HEADER;
}

function dropNominated(head: AnswerHead, nominated: readonly string[]): void {
  const { pairs } = head;
  let kept = 0;
  for (let i = 0; i < head.count; i++) {
    const name = pairs[2 * i] ?? "";
    if (nominated.includes(name)) continue;
    pairs[2 * kept] = name;
    pairs[2 * kept + 1] = pairs[2 * i + 1] ?? "";
    kept++;
  }
  head.count = kept;
}

function isWord(text: string, start: number, end: number, lower: string): boolean {
  if (end - start !== lower.length) return false;
  for (let i = 0; i < lower.length; i++) {
    if (LOWER_TOKEN[text.charCodeAt(start + i)] !== lower.charCodeAt(i)) return false;
  }
  return true;
}
