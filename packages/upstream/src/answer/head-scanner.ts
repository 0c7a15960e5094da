import {
  BAD_HEADER_NAME,
  BAD_LINE_END,
  BAD_STATUS_LINE,
  CONTROL_CHARACTER,
  FOLDED_HEADER,
  TOO_MANY_HEADERS,
  type UpstreamFault,
} from "../fault.ts";
import {
  COLON,
  CR,
  DIGIT_0,
  DIGIT_9,
  HTAB,
  IS_VALUE,
  LF,
  LOWER_TOKEN,
  SP,
} from "./byte-classes.ts";
import {
  hashNameByte,
  type HeaderName,
  type HeaderNames,
  isName,
  NAME_HASH_SEED,
  NameKind,
} from "./header-names.ts";

/** More header lines than any answer needs. */
const MAX_HEADERS = 200;

/** Offset of the phrase: `HTTP/1.1 200 ` comes before it. */
export const PHRASE_OFFSET = 13;

const Phase = {
  STATUS_LINE: 0,
  PHRASE: 1,
  LINE_FEED: 2,
  LINE_START: 3,
  NAME: 4,
  BLANKS: 5,
  VALUE: 6,
  LAST_LINE_FEED: 7,
  DONE: 8,
  FAULTY: 9,
} as const;

const VERSION = "HTTP/1.";
const NO_NAME: HeaderName = { lower: "", kind: NameKind.OTHER, hash: 0 };

/**
 * Finds the parts of an answer's head, byte by byte, and can stop and go on between any two bytes.
 *
 * Only what RFC 9112 writes is taken: CRLF and nothing else ends a line, no folding, no blank
 * before a colon, no control character. Offsets are relative to the head's first byte, so that the
 * head may move to another buffer between two calls.
 */
export class HeadScanner {
  /** Why scanning stopped for good. */
  fault: UpstreamFault | undefined = undefined;
  status = 0;
  minorVersion = 0;
  phraseEnd = 0;
  /** Header lines found so far. */
  count = 0;
  /** The first `count` are this head's; the rest are left from heads before it. */
  readonly names: HeaderName[] = Array.from({ length: MAX_HEADERS }, () => NO_NAME);
  /** Two offsets a header: where its value starts and ends, blanks around it left out. */
  readonly values: Int32Array = new Int32Array(2 * MAX_HEADERS);

  private readonly known: HeaderNames;
  private phase: number = Phase.STATUS_LINE;
  private nameStart = 0;
  private nameHash = 0;
  private valueStart = 0;

  constructor(known: HeaderNames) {
    this.known = known;
  }

  get isDone(): boolean {
    return this.phase === Phase.DONE;
  }

  /** Forgets the last head. */
  restart(): void {
    this.fault = undefined;
    this.status = 0;
    this.minorVersion = 0;
    this.phraseEnd = 0;
    this.count = 0;
    this.phase = Phase.STATUS_LINE;
  }

  /**
   * Scans `bytes[from, end)`; `base` is where the head begins in `bytes`, and everything between
   * `base` and `from` has been scanned before. Returns where it stopped: behind the head if
   * `isDone`, anywhere if `fault` is set, else `end`.
   */
  scan(bytes: Uint8Array, base: number, from: number, end: number): number {
    let at = from;
    while (at < end && this.phase < Phase.DONE) at = this.step(bytes, base, at, end);
    return at;
  }

  private step(bytes: Uint8Array, base: number, at: number, end: number): number {
    switch (this.phase) {
      case Phase.STATUS_LINE:
        return this.scanStatusLine(bytes, base, at, end);
      case Phase.PHRASE:
        return this.scanPhrase(bytes, base, at, end);
      case Phase.LINE_FEED:
        return this.scanLineFeed(bytes, at, Phase.LINE_START);
      case Phase.LINE_START:
        return this.scanLineStart(bytes, base, at, end);
      case Phase.NAME:
        return this.scanName(bytes, base, at, end);
      case Phase.BLANKS:
        return this.scanBlanks(bytes, base, at, end);
      case Phase.VALUE:
        return this.scanValue(bytes, base, at, end);
      default:
        return this.scanLineFeed(bytes, at, Phase.DONE);
    }
  }

  private scanStatusLine(bytes: Uint8Array, base: number, from: number, end: number): number {
    let at = from;
    for (; at < end && at - base < PHRASE_OFFSET; at++) {
      if (!this.takeStatusByte(at - base, bytes[at] ?? 0)) return this.fail(BAD_STATUS_LINE, at);
    }
    if (at - base === PHRASE_OFFSET) this.phase = Phase.PHRASE;
    return at;
  }

  private takeStatusByte(offset: number, byte: number): boolean {
    if (offset < VERSION.length) return byte === VERSION.charCodeAt(offset);
    if (offset === 8 || offset === 12) return byte === SP;
    if (byte < DIGIT_0 || byte > DIGIT_9) return false;
    const digit = byte - DIGIT_0;
    if (offset === 7) {
      this.minorVersion = digit;
      return digit <= 1;
    }
    this.status = this.status * 10 + digit;
    // RFC 9110, 15: a status outside 100..599 is invalid.
    return offset !== 9 || (digit >= 1 && digit <= 5);
  }

  private scanPhrase(bytes: Uint8Array, base: number, from: number, end: number): number {
    let at = from;
    while (at < end && IS_VALUE[bytes[at] ?? 0] === 1) at++;
    if (at === end) return at;
    if (bytes[at] !== CR) return this.fail(lineFault(bytes[at] ?? 0), at);
    this.phraseEnd = at - base;
    this.phase = Phase.LINE_FEED;
    return at + 1;
  }

  private scanLineFeed(bytes: Uint8Array, at: number, next: number): number {
    if (bytes[at] !== LF) return this.fail(BAD_LINE_END, at);
    this.phase = next;
    return at + 1;
  }

  private scanLineStart(bytes: Uint8Array, base: number, at: number, end: number): number {
    const byte = bytes[at] ?? 0;
    if (byte === CR) {
      this.phase = Phase.LAST_LINE_FEED;
      return at + 1;
    }
    if (byte === LF) return this.fail(BAD_LINE_END, at);
    if (byte === SP || byte === HTAB) return this.fail(FOLDED_HEADER, at);
    if (this.count === MAX_HEADERS) return this.fail(TOO_MANY_HEADERS, at);
    const colon = this.endOfGuess(bytes, at, end);
    if (colon !== -1) {
      this.phase = Phase.BLANKS;
      return this.scanBlanks(bytes, base, colon + 1, end);
    }
    this.nameStart = at - base;
    this.nameHash = NAME_HASH_SEED;
    this.phase = Phase.NAME;
    return at;
  }

  /**
   * An upstream tends to repeat itself: if the last answer's header in this place has the name that
   * stands here, its colon, else -1. Saves hashing the name and looking it up.
   */
  private endOfGuess(bytes: Uint8Array, at: number, end: number): number {
    const guess = this.names[this.count] ?? NO_NAME;
    const colon = at + guess.lower.length;
    if (colon === at || colon >= end || bytes[colon] !== COLON) return -1;
    return isName(guess.lower, bytes, at, colon) ? colon : -1;
  }

  private scanName(bytes: Uint8Array, base: number, from: number, end: number): number {
    let at = from;
    let hash = this.nameHash;
    for (; at < end; at++) {
      const lower = LOWER_TOKEN[bytes[at] ?? 0] ?? 0;
      if (lower === 0) break;
      hash = hashNameByte(hash, lower);
    }
    this.nameHash = hash;
    if (at === end) return at;
    const start = this.nameStart + base;
    if (bytes[at] !== COLON || at === start) return this.fail(BAD_HEADER_NAME, at);
    this.names[this.count] = this.known.find(bytes, start, at, hash);
    this.phase = Phase.BLANKS;
    return at + 1;
  }

  private scanBlanks(bytes: Uint8Array, base: number, from: number, end: number): number {
    let at = from;
    while (at < end && isBlank(bytes[at] ?? 0)) at++;
    if (at === end) return at;
    this.valueStart = at - base;
    this.phase = Phase.VALUE;
    return this.scanValue(bytes, base, at, end);
  }

  private scanValue(bytes: Uint8Array, base: number, from: number, end: number): number {
    let at = from;
    while (at < end && IS_VALUE[bytes[at] ?? 0] === 1) at++;
    if (at === end) return at;
    if (bytes[at] !== CR) return this.fail(lineFault(bytes[at] ?? 0), at);
    let valueEnd = at;
    const start = this.valueStart + base;
    while (valueEnd > start && isBlank(bytes[valueEnd - 1] ?? 0)) valueEnd--;
    this.values[2 * this.count] = this.valueStart;
    this.values[2 * this.count + 1] = valueEnd - base;
    this.count++;
    this.phase = Phase.LINE_FEED;
    return at + 1 < end ? this.scanLineFeed(bytes, at + 1, Phase.LINE_START) : at + 1;
  }

  private fail(fault: UpstreamFault, at: number): number {
    this.fault = fault;
    this.phase = Phase.FAULTY;
    return at;
  }
}

function isBlank(byte: number): boolean {
  return byte === SP || byte === HTAB;
}

function lineFault(byte: number): UpstreamFault {
  return byte === LF ? BAD_LINE_END : CONTROL_CHARACTER;
}
