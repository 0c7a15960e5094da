import type { Answer, RequestView } from "@portcullis/core";
import type { Enforcer } from "@portcullis/engine";
import {
  type AnswerHandler,
  type AnswerHead,
  atTurnEnd,
  type TurnJob,
  type UpstreamExchange,
  type UpstreamFault,
} from "@portcullis/upstream";

import type { MappedAnswer } from "./answer-mapping.ts";
import { endWithoutBody, passedHead, sendFault, sendReplacement, writeHead } from "./answers.ts";
import { BodyWriter } from "./body-writer.ts";
import { CORK_BYTES } from "./cork-holder.ts";
import { bodyLimitOf, type ExchangeSettings } from "./exchange-settings.ts";
import { learnFromBody, learnFromHead } from "./learn-from-answer.ts";
import type { LoginAttempt } from "./login-attempt.ts";
import { OUTCOME, outcomeOf, type RequestFacts } from "./request-facts.ts";
import type { Watch, WatchedRequest } from "./request-watch.ts";
import { UploadBrake } from "./upload-brake.ts";
import type { UwsResponse } from "./uws.ts";

/** Where exchanges report to. */
export interface ExchangeOwner {
  /** Told of what is to be learned from answers, before their clients get them. */
  readonly enforcer: Pick<Enforcer, "loggedIn" | "loggedOut" | "succeeded">;
  /** Told once, when nothing more will come of the request. */
  finish(facts: RequestFacts, outcome: number): void;
}

/** So much of a body that nobody gets is read to keep its connection. */
const MOST_UNREAD_BYTES = 256 * 1024;

/**
 * So much of an upload is kept after it was to stop. uWebSockets.js 20.57 reads on past `pause`, without a
 * turn of the event loop, for as long as there is half a megabyte to be had at once.
 */
const MOST_UNSTOPPED_BYTES = 64 * 1024 * 1024;

/**
 * One request that is being forwarded: the client on one side, the upstream on the other, and the
 * bytes of both bodies between them, each side slowed down by the other.
 */
export class Exchange implements AnswerHandler, TurnJob, WatchedRequest {
  readonly #res: UwsResponse;
  readonly #facts: RequestFacts;
  readonly #owner: ExchangeOwner;
  /** Of a body that comes in pieces; there from the head on. */
  #writer: BodyWriter | undefined = undefined;
  readonly #settings: ExchangeSettings;
  readonly #mapped: MappedAnswer | undefined;
  readonly #isChunked: boolean;
  readonly #bodyLimit: number;
  #upstream: UpstreamExchange | undefined = undefined;
  #isOver = false;
  /** The connection is closed: nothing may be asked of `#res` any more. */
  #isGone = false;
  #isHeadSent = false;
  /** A whole answer that is due at the end of the turn. */
  #dueHead = "";
  #dueBody: Uint8Array | undefined = undefined;
  #isUploaded: boolean;
  readonly #watch: Watch | undefined;
  /** Bytes of a replaced body that have come. */
  #unread = 0;
  /** Of a request with a body. */
  readonly #brake: UploadBrake | undefined;
  /** Bytes of the upload that have come since it was to stop. */
  #unstopped = 0;

  /** `mapped`: for APIs whose internal paths are hidden. */
  constructor(
    res: UwsResponse,
    facts: RequestFacts,
    owner: ExchangeOwner,
    view: RequestView,
    settings: ExchangeSettings,
    mapped: MappedAnswer | undefined,
  ) {
    this.#res = res;
    this.#facts = facts;
    this.#owner = owner;
    this.#settings = settings;
    this.#mapped = mapped;
    const hasBody = view.hasBody();
    this.#isUploaded = !hasBody;
    this.#isChunked = view.isChunked;
    this.#bodyLimit = bodyLimitOf(view.api, settings);
    this.#watch = settings.watch.begin(this, hasBody);
    res.onAborted(() => this.#onClientGone());
    if (!hasBody) return;
    this.#brake = new UploadBrake(res, view.scheme, settings.primed, () => res.close());
    res.onData((chunk, isLast) => this.takeUpload(chunk, isLast));
  }

  /** Joins the other side. Call in the tick of the constructor, before any upload arrives. */
  start(upstream: UpstreamExchange): void {
    this.#upstream = upstream;
  }

  onHead(head: AnswerHead, body: Uint8Array, last: boolean): void {
    if (this.#isOver) return;
    const { method } = this.#facts;
    this.#facts.status = head.status;
    learnFromHead(this.#owner.enforcer, this.#facts, head);
    learnFromBody(this.#owner.enforcer, this.#facts, body, last);
    const replacement =
      head.status < 400 ? undefined : this.#settings.serverErrors.get(head.status);
    if (replacement !== undefined) {
      this.#replace(head, replacement, last);
      return;
    }
    const text = passedHead(head, this.#facts.requestId, this.#mapped);
    if (method === "HEAD" || head.status === 204 || head.status === 304) {
      this.#isHeadSent = true;
      this.#corkFor(text.length, () => {
        writeHead(this.#res, text);
        this.#endWithoutBody(head.contentLength);
      });
    } else if (!last || !this.#putOff(text, body)) {
      this.#answer(text, body, last ? body.length : head.bodyLength, last);
    }
  }

  /** Called at the end of the turn in which a whole answer has come. */
  finishTurn(): void {
    const body = this.#isOver ? undefined : this.#dueBody;
    if (body !== undefined) this.#answer(this.#dueHead, body, body.length, true);
  }

  /** `false`: there is no room to keep it until then. */
  #putOff(head: string, body: Uint8Array): boolean {
    this.#dueBody = this.#settings.turnBytes.copy(body);
    if (this.#dueBody === undefined) return false;
    this.#dueHead = head;
    atTurnEnd(this);
    return true;
  }

  /** Sends the head of an answer, and what has come of its body; `total` as in `AnswerHead.bodyLength`. */
  #answer(head: string, body: Uint8Array, total: number, last: boolean): void {
    this.#isHeadSent = true;
    let unwritten: BodyWriter | undefined;
    this.#corkFor(head.length, () => {
      writeHead(this.#res, head);
      const isWhole = last && this.#maySendWhole(head.length + body.length);
      // An empty body cannot show whether its client reads: where that is due, the connection ends with it.
      if (isWhole || (last && body.length === 0)) {
        this.#facts.bytesOut = body.length;
        this.#res.end(body, this.#closes() || !isWhole);
        this.#finish(OUTCOME.answered);
        return;
      }
      const writer = new BodyWriter(this.#res, this, this.#settings.corks);
      this.#writer = writer;
      if (!this.#isUploaded) this.#brake?.watch(writer);
      const isChunked = writer.start(total, this.#closes(), last);
      // One system call with the head; what the client does not take waits in the writer.
      if (isChunked || body.length <= CORK_BYTES) unwritten = writer;
      else writer.write(body, last);
    });
    unwritten?.write(body, last);
  }

  onBody(body: Uint8Array, last: boolean): void {
    if (this.#isOver) {
      this.#leaveUnread(body, last);
      return;
    }
    learnFromBody(this.#owner.enforcer, this.#facts, body, last);
    this.#writer?.write(body, last);
  }

  onDrain(): void {
    if (!this.#isOver && this.#brake?.isHeld === true) this.#goOn();
  }

  onFault(fault: UpstreamFault): void {
    if (this.#isOver) return;
    this.#facts.fault = fault.code;
    const outcome = outcomeOf(fault);
    if (this.#isHeadSent) {
      // What the client has is not whole, and it must be able to tell.
      this.#facts.isCut = true;
      this.#finish(outcome);
      this.#res.close();
      return;
    }
    this.#answerFault(fault.status, outcome);
  }

  /** Called by the watch. */
  onUploadTimeout(): void {
    this.#facts.fault = "request-body-timeout";
    this.#refuse(408, OUTCOME.timeout);
  }

  /** Called by the watch. Whoever keeps the other waiting gets the blame. */
  onTotalTimeout(): void {
    this.#facts.fault = "total-timeout";
    this.#refuse(this.#isUploaded ? 504 : 408, OUTCOME.timeout);
  }

  /** Asked by the watch. */
  get isUploadStopped(): boolean {
    return this.#brake?.isStopped === true;
  }

  /** Called by the watch. Nothing else sets the engine's own time-out back. */
  keepAlive(): void {
    this.#res.pause();
    this.#res.resume();
  }

  /** Called by the body writer: the client does not follow. */
  onClientSlow(): void {
    this.#brake?.onBehind();
    this.#upstream?.pause();
  }

  /** Called by the body writer: the client has caught up. */
  onClientReady(): void {
    this.#upstream?.resume();
  }

  /** Called by the body writer: the last byte is handed to the engine. */
  onAnswered(bytes: number): void {
    this.#facts.bytesOut = bytes;
    this.#finish(OUTCOME.answered);
  }

  /** The client gets `answer`; what it does not get of the upstream's is read to its end, if that is near. */
  #replace(head: AnswerHead, answer: Answer, last: boolean): void {
    this.#isHeadSent = true;
    const mayKeep = this.#isUploaded && head.bodyLength <= MOST_UNREAD_BYTES;
    if (!last && !mayKeep) this.#upstream?.abort();
    this.#settings.corks.hold(() => {
      this.#facts.bytesOut = sendReplacement(
        this.#res,
        head,
        answer,
        this.#facts,
        this.#mapped,
        this.#closes(),
      );
    });
    this.#finish(OUTCOME.answered);
  }

  #maySendWhole(bytes: number): boolean {
    return bytes <= CORK_BYTES && this.#settings.blindBytes.maySend(bytes);
  }

  /** Writes in the cork of this response what is certain to fit into it. */
  #corkFor(bytes: number, write: () => void): void {
    if (bytes <= CORK_BYTES) this.#res.cork(write);
    else this.#settings.corks.hold(write);
  }

  #leaveUnread(body: Uint8Array, last: boolean): void {
    this.#unread += body.length;
    if (!last && this.#unread > MOST_UNREAD_BYTES) this.#upstream?.abort();
  }

  #endWithoutBody(contentLength: number): void {
    endWithoutBody(this.#res, contentLength, this.#closes());
    this.#finish(OUTCOME.answered);
  }

  /**
   * Whether nothing may be served on this connection after the answer: the rest of an upload would be
   * in the way, and the engine reads chunks leniently, so that what it takes for the end of a chunked
   * body need not be it.
   */
  #closes(): boolean {
    return this.#isChunked || !this.#isUploaded;
  }

  /** Takes a piece of the body, which is copied. Those that came before there was an exchange, after `start`. */
  takeUpload(chunk: ArrayBuffer, isLast: boolean): void {
    if (this.#isOver) return;
    this.#facts.bytesIn += chunk.byteLength;
    if (this.#watch !== undefined) this.#watch.bytes += chunk.byteLength;
    if (this.#brake?.isHeld === true) this.#unstopped += chunk.byteLength;
    if (this.#isTooMuch()) return;
    const { login } = this.#facts;
    // The engine empties the buffer when this returns.
    if (login === undefined) this.#send(new Uint8Array(chunk), isLast);
    else this.#sendLogin(login, chunk, isLast);
  }

  #send(piece: Uint8Array, isLast: boolean): void {
    if (piece.length > 0 && this.#upstream?.write(piece) === false && !isLast) this.#holdBack();
    if (!isLast) return;
    this.#isUploaded = true;
    // Nothing is left to hold back but the connection's next request.
    const wasStopped = this.#goOn();
    if (this.#watch !== undefined) this.#settings.watch.uploaded(this.#watch, wasStopped);
    this.#upstream?.end();
  }

  /** The upstream gets all of a login's body, or nothing. */
  #sendLogin(login: LoginAttempt, chunk: ArrayBuffer, isLast: boolean): void {
    const step = login.take(chunk, isLast);
    if (step === "more") return;
    if (step === "complete") {
      this.#send(login.body, true);
      return;
    }
    this.#facts.fault = `login-${step}`;
    this.#refuse(step === "too-large" ? 413 : 400, OUTCOME.badGateway);
  }

  /** Refuses an upload that is longer than it may be, or goes on for too long after it was to stop. */
  #isTooMuch(): boolean {
    if (this.#facts.bytesIn > this.#bodyLimit) {
      this.#facts.fault = "body-too-large";
      this.#refuse(413, OUTCOME.badGateway);
      return true;
    }
    if (this.#unstopped <= MOST_UNSTOPPED_BYTES) return false;
    this.#facts.fault = "upload-not-stopped";
    this.#refuse(503, OUTCOME.overload);
    return true;
  }

  #holdBack(): void {
    if (this.#brake?.isHeld === false) this.#brake.hold();
  }

  /** Returns whether the upload was stopped. */
  #goOn(): boolean {
    this.#unstopped = 0;
    return this.#brake?.release(this.#isUploaded) === true;
  }

  /** Gives up on the request, on both sides. */
  #refuse(status: number, outcome: number): void {
    this.#upstream?.abort();
    if (this.#isHeadSent) {
      this.#facts.isCut = true;
      this.#finish(outcome);
      this.#res.close();
      return;
    }
    this.#answerFault(status, outcome);
  }

  /**
   * Called from inside the engine's parser, perhaps: closing with the answer would come too late for bytes
   * that it has read already. So a chunked request, whose end is the engine's opinion, is answered in a later
   * tick; the engine closes a connection on which another request comes before that.
   */
  #answerFault(status: number, outcome: number): void {
    this.#facts.status = status;
    this.#stop();
    if (this.#isChunked) setImmediate(() => this.#sendFault(status, outcome));
    else this.#sendFault(status, outcome);
  }

  #sendFault(status: number, outcome: number): void {
    if (!this.#isGone) {
      this.#res.cork(() => {
        this.#facts.bytesOut = sendFault(this.#res, status, this.#facts);
      });
    }
    this.#owner.finish(this.#facts, outcome);
  }

  #onClientGone(): void {
    this.#isGone = true;
    if (this.#isOver) return;
    this.#upstream?.abort();
    this.#finish(OUTCOME.gone);
  }

  #finish(outcome: number): void {
    if (this.#isOver) return;
    this.#stop();
    this.#owner.finish(this.#facts, outcome);
  }

  #stop(): void {
    this.#isOver = true;
    this.#brake?.end();
    if (this.#watch !== undefined) this.#settings.watch.end(this.#watch);
  }
}
