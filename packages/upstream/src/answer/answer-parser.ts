import {
  BAD_TRANSFER_ENCODING,
  BYTES_AFTER_ANSWER,
  HEAD_TOO_LARGE,
  INTERIM_WITH_BODY,
  RESET_BEFORE_HEAD,
  RESET_IN_BODY,
  TOO_MANY_INTERIM,
  UNEXPECTED_UPGRADE,
  type UpstreamFault,
} from "../fault.ts";
import { AnswerHead } from "./answer-head.ts";
import { ChunkedDecoder } from "./chunked-decoder.ts";
import { HeadScanner } from "./head-scanner.ts";
import { HeaderNames } from "./header-names.ts";
import { HeadFraming, readHead } from "./read-head.ts";

/** Interim answers (1xx) skipped before one final answer. */
const MAX_INTERIM = 8;

const FIRST_PENDING_BYTES = 2048;

const Stage = { HEAD: 0, LENGTH: 1, CHUNKED: 2, UNTIL_CLOSE: 3, COMPLETE: 4, FAULTY: 5 } as const;

/** What all parsers of one pool share. None of it lives longer than one call of `feed`. */
export class ParserShared {
  readonly names: HeaderNames = new HeaderNames();
  readonly head: AnswerHead = new AnswerHead();
  readonly framing: HeadFraming = new HeadFraming();
  readonly maxHeadBytes: number;

  constructor(maxHeadBytes: number) {
    this.maxHeadBytes = maxHeadBytes;
  }
}

/**
 * Reads one answer after the other from the bytes of a connection, in whatever pieces they come.
 *
 * A call of `feed` yields at most one head and one piece of body, in fields rather than callbacks,
 * so that an answer that arrives in one piece is handed on in one call. Never throws, whatever the
 * bytes: what RFC 9112 does not allow ends in `fault`, after which the connection must go.
 */
export class AnswerParser {
  /** Whether the last `feed` completed the final head, now in the shared `AnswerHead`. */
  hasHead = false;
  /** The body found by the last `feed` is `bytes[bodyStart, bodyEnd)` of the buffer it was given. */
  bodyStart = 0;
  bodyEnd = 0;
  /** The final head has come, in this `feed` or an earlier one. */
  headSeen = false;
  /** The answer is complete. */
  isComplete = false;
  /** Once complete: another answer may follow on this connection. */
  isReusable = false;
  /** After how many idle seconds the upstream will close, as the last head said; -1 if it did not. */
  keepAliveSeconds = -1;
  /** Set once and for good; what the same `feed` found besides is not to be used. */
  fault: UpstreamFault | undefined = undefined;

  private readonly shared: ParserShared;
  private readonly scanner: HeadScanner;
  private readonly decoder: ChunkedDecoder = new ChunkedDecoder();
  private stage: number = Stage.COMPLETE;
  private isHeadRequest = false;
  private keepsAlive = false;
  private left = 0;
  private interim = 0;
  /** The part of a head that came in earlier buffers; empty on the fast path. */
  private pending: Buffer | undefined = undefined;
  private pendingLength = 0;

  constructor(shared: ParserShared) {
    this.shared = shared;
    this.scanner = new HeadScanner(shared.names);
  }

  /** Gets ready for the answer to the next request. */
  expect(isHeadRequest: boolean): void {
    this.hasHead = false;
    this.isComplete = false;
    this.isReusable = false;
    this.stage = Stage.HEAD;
    this.isHeadRequest = isHeadRequest;
    this.interim = 0;
    this.headSeen = false;
    this.pendingLength = 0;
    this.scanner.restart();
  }

  /** Takes `bytes[0, length)`. May overwrite them; keeps no reference to them. */
  feed(bytes: Buffer, length: number): void {
    this.hasHead = false;
    this.bodyStart = 0;
    this.bodyEnd = 0;
    let at = 0;
    while (at < length && this.stage === Stage.HEAD) at = this.feedHead(bytes, at, length);
    if (this.stage === Stage.LENGTH) at = this.feedLength(at, length);
    else if (this.stage === Stage.CHUNKED) at = this.feedChunked(bytes, at, length);
    else if (this.stage === Stage.UNTIL_CLOSE) at = this.feedUntilClose(at, length);
    if (at < length && this.stage === Stage.COMPLETE) this.refuseRest();
  }

  /** The upstream closed its side: whether that completes the answer (RFC 9112, 6.3, case 8). */
  end(): boolean {
    if (this.stage !== Stage.UNTIL_CLOSE) return false;
    this.complete(false);
    return true;
  }

  /** The fault if the connection ends here. */
  get cutFault(): UpstreamFault {
    return this.headSeen ? RESET_IN_BODY : RESET_BEFORE_HEAD;
  }

  private feedHead(bytes: Buffer, at: number, length: number): number {
    if (this.pending !== undefined) return this.feedPending(this.pending, bytes, at, length);
    const { scanner, shared } = this;
    const limit = Math.min(length, at + shared.maxHeadBytes);
    const stop = scanner.scan(bytes, at, at, limit);
    if (scanner.isDone) {
      this.takeHead(bytes, at, stop);
    } else if (scanner.fault !== undefined) {
      this.fail(scanner.fault);
    } else if (stop - at === shared.maxHeadBytes) {
      this.fail(HEAD_TOO_LARGE);
    } else {
      const pending = Buffer.allocUnsafe(Math.max(FIRST_PENDING_BYTES, 2 * (stop - at)));
      bytes.copy(pending, 0, at, stop);
      this.pending = pending;
      this.pendingLength = stop - at;
    }
    return stop;
  }

  /** The slow path: the head goes on in another buffer, and is put together in `pending`. */
  private feedPending(pending: Buffer, bytes: Buffer, at: number, length: number): number {
    const { scanner, shared } = this;
    const from = this.pendingLength;
    const taken = Math.min(length - at, shared.maxHeadBytes - from);
    let whole = pending;
    if (from + taken > whole.length) {
      whole = Buffer.allocUnsafe(2 * (from + taken));
      pending.copy(whole, 0, 0, from);
      this.pending = whole;
    }
    bytes.copy(whole, from, at, at + taken);
    this.pendingLength = from + taken;
    const stop = scanner.scan(whole, 0, from, from + taken);
    if (scanner.isDone) {
      this.pending = undefined;
      this.pendingLength = 0;
      this.takeHead(whole, 0, stop);
    } else if (scanner.fault !== undefined) {
      this.fail(scanner.fault);
    } else if (stop === shared.maxHeadBytes) {
      this.fail(HEAD_TOO_LARGE);
    }
    return at + stop - from;
  }

  private takeHead(bytes: Buffer, start: number, end: number): void {
    const { scanner, shared } = this;
    const { head, framing } = shared;
    readHead(scanner, bytes.toString("latin1", start, end), head, framing);
    if (framing.fault !== undefined) this.fail(framing.fault);
    else if (scanner.status < 200) this.skipInterim(scanner.status, framing);
    else this.startBody(scanner, head, framing);
  }

  /** RFC 9110, 15.2: an interim answer ends with its head, and the final one follows. */
  private skipInterim(status: number, framing: HeadFraming): void {
    this.interim++;
    if (status === 101) this.fail(UNEXPECTED_UPGRADE);
    else if (framing.isChunked || framing.contentLength > 0) this.fail(INTERIM_WITH_BODY);
    else if (this.interim > MAX_INTERIM) this.fail(TOO_MANY_INTERIM);
    else this.scanner.restart();
  }

  private startBody(scanner: HeadScanner, head: AnswerHead, framing: HeadFraming): void {
    const { status } = head;
    const isOld = scanner.minorVersion === 0;
    if (isOld && framing.isChunked) {
      this.fail(BAD_TRANSFER_ENCODING);
      return;
    }
    this.hasHead = true;
    this.headSeen = true;
    this.keepsAlive = !isOld && !framing.isClosing;
    this.keepAliveSeconds = framing.keepAliveSeconds;
    head.contentLength = status === 204 ? -1 : framing.contentLength;
    head.bodyLength = -1;
    if (this.isHeadRequest || status === 204 || status === 304) {
      head.bodyLength = 0;
      // A 204 that announces a body will be followed by one: too late to be told from an answer.
      const announces = framing.isChunked || framing.contentLength > 0;
      this.complete(this.keepsAlive && !(status === 204 && announces));
    } else {
      this.startFramedBody(head, framing);
    }
  }

  /** RFC 9112, 6.3: the order of these questions is the standard's. */
  private startFramedBody(head: AnswerHead, framing: HeadFraming): void {
    if (framing.isChunked) {
      this.decoder.restart();
      this.stage = Stage.CHUNKED;
    } else if (framing.contentLength === -1) {
      this.stage = Stage.UNTIL_CLOSE;
    } else {
      head.bodyLength = framing.contentLength;
      this.left = framing.contentLength;
      this.stage = Stage.LENGTH;
    }
  }

  private feedLength(at: number, length: number): number {
    const taken = Math.min(this.left, length - at);
    this.bodyStart = at;
    this.bodyEnd = at + taken;
    this.left -= taken;
    if (this.left === 0) this.complete(this.keepsAlive);
    return at + taken;
  }

  private feedChunked(bytes: Buffer, at: number, length: number): number {
    const { decoder } = this;
    const stop = decoder.decode(bytes, at, length);
    this.bodyStart = decoder.dataStart;
    this.bodyEnd = decoder.dataEnd;
    if (decoder.isDone) this.complete(this.keepsAlive);
    else if (decoder.fault !== undefined) this.fail(decoder.fault);
    return stop;
  }

  private feedUntilClose(at: number, length: number): number {
    this.bodyStart = at;
    this.bodyEnd = length;
    return length;
  }

  /**
   * Bytes behind the answer. Where the standard says that there is no body the answer stands, for
   * no byte can change it; otherwise the upstream's idea of the length is not the one it sent.
   */
  private refuseRest(): void {
    this.isReusable = false;
    const { head } = this.shared;
    const isBodiless = this.isHeadRequest || head.status === 204 || head.status === 304;
    if (!(this.hasHead && isBodiless)) this.fail(BYTES_AFTER_ANSWER);
  }

  private complete(isReusable: boolean): void {
    this.isComplete = true;
    this.isReusable = isReusable;
    this.stage = Stage.COMPLETE;
  }

  private fail(fault: UpstreamFault): void {
    this.fault = fault;
    this.hasHead = false;
    this.isComplete = false;
    this.isReusable = false;
    this.stage = Stage.FAULTY;
    this.pending = undefined;
  }
}
