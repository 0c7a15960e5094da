import type { AnswerHandler } from "./answer-handler.ts";
import type { UpstreamFault } from "./fault.ts";

/** The request has no body. */
export const NO_BODY = 0;

/** The request body has an unknown length: it is sent chunked, and the head must say so. */
export const CHUNKED_BODY = -1;

/** One request on its way and the answer to it. All methods do nothing once it is over. */
export interface UpstreamExchange {
  /**
   * Sends a piece of the request body, or a copy of it later: its bytes are the caller's again when
   * this returns. `false`: wait for `onDrain`. Empty pieces are ignored.
   */
  write(chunk: Uint8Array): boolean;
  /** The request body is complete. Not needed with `NO_BODY`. */
  end(): void;
  /** The client has gone. No handler call follows; the connection is closed. */
  abort(): void;
  /** Stops reading the answer; a piece that has been read already may still come. */
  pause(): void;
  resume(): void;
}

/** What an exchange needs of the connection that carries it, or of the queue it waits in. */
export interface ExchangeCarrier {
  /** Returns whether more may be written at once. */
  sendBody(exchange: Exchange, chunk: Uint8Array): boolean;
  finishBody(exchange: Exchange): void;
  /** The body breaks its announced length. */
  refuseBody(exchange: Exchange): void;
  abandon(exchange: Exchange): void;
  pauseAnswer(): void;
  resumeAnswer(): void;
}

/** Carries an exchange that has failed until its handler has been told. */
const NOWHERE: ExchangeCarrier = {
  sendBody: () => true,
  finishBody: () => undefined,
  refuseBody: () => undefined,
  abandon: () => undefined,
  pauseAnswer: () => undefined,
  resumeAnswer: () => undefined,
};

/** RFC 9110, 9.2.2: sending these twice is the same as sending them once. */
const IDEMPOTENT: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);

/** How an exchange came to its end, for whoever counts them. */
export type ExchangeEnd = UpstreamFault | "answered" | "aborted";

/** See `UpstreamExchange`. The fields are the pool's and the connection's to read and write. */
export class Exchange implements UpstreamExchange {
  /** What is sent; see `UpstreamPool.request`. */
  head: string;
  readonly method: string;
  readonly handler: AnswerHandler;
  readonly isChunked: boolean;
  /** Body bytes announced and not yet written; 0 if chunked. */
  bodyLeft: number;
  isRequestEnded: boolean;
  /** A first piece of body that goes with the head, one char a byte; not yet sent unless `isBodySent`. */
  joined = "";
  /** A body byte has been handed to a socket: the request cannot be sent again. */
  isBodySent = false;
  /** Answered, failed or aborted: nothing may reach the handler any more. */
  isOver = false;
  /** The handler does not want more of the answer now. */
  isPaused = false;
  /** A write returned false, and `onDrain` is owed. */
  wantsDrain = false;
  carrier: ExchangeCarrier = NOWHERE;
  /** Body written before there was a connection. */
  backlog: Uint8Array[] | undefined = undefined;
  /** While queued. */
  queueDeadline = 0;
  previous: Exchange | undefined = undefined;
  next: Exchange | undefined = undefined;

  constructor(head: string, method: string, bodyLength: number, handler: AnswerHandler) {
    this.head = head;
    this.method = method;
    this.handler = handler;
    this.isChunked = bodyLength === CHUNKED_BODY;
    this.bodyLeft = bodyLength > 0 ? bodyLength : 0;
    this.isRequestEnded = bodyLength === NO_BODY;
  }

  /** Whether the request may be sent a second time without the client noticing. */
  get isRepeatable(): boolean {
    return !this.isBodySent && IDEMPOTENT.has(this.method);
  }

  write(chunk: Uint8Array): boolean {
    if (this.isOver || chunk.length === 0) return true;
    if (this.isRequestEnded || (!this.isChunked && chunk.length > this.bodyLeft)) {
      this.carrier.refuseBody(this);
      return true;
    }
    if (!this.isChunked) this.bodyLeft -= chunk.length;
    const mayGoOn = this.carrier.sendBody(this, chunk);
    if (!mayGoOn) this.wantsDrain = true;
    return mayGoOn;
  }

  end(): void {
    if (this.isOver || this.isRequestEnded) return;
    if (this.bodyLeft > 0) {
      this.carrier.refuseBody(this);
      return;
    }
    this.isRequestEnded = true;
    this.carrier.finishBody(this);
  }

  abort(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.carrier.abandon(this);
    this.settled("aborted");
  }

  pause(): void {
    if (this.isOver || this.isPaused) return;
    this.isPaused = true;
    this.carrier.pauseAnswer();
  }

  resume(): void {
    if (this.isOver || !this.isPaused) return;
    this.isPaused = false;
    this.carrier.resumeAnswer();
  }

  /** Ends the exchange with a fault. */
  fail(fault: UpstreamFault): void {
    if (this.isOver || this.isRescued(fault)) return;
    this.isOver = true;
    this.settled(fault);
    this.handler.onFault(fault);
  }

  /** Called once, when `isOver` has become true: before the handler hears of the end. */
  settled(_end: ExchangeEnd): void {
    // A pool by itself counts nothing.
  }

  /** Whether the exchange goes on elsewhere in spite of `fault`. */
  protected isRescued(_fault: UpstreamFault): boolean {
    return false;
  }

  /** The same when the caller is inside one of our methods: a handler is never called back from there. */
  failSoon(fault: UpstreamFault): void {
    this.carrier = NOWHERE;
    process.nextTick(failExchange, this, fault);
  }

  /** Keeps a copy of a piece for the connection to come. */
  keep(chunk: Uint8Array): void {
    const copy = Buffer.from(chunk);
    if (this.backlog === undefined) this.backlog = [copy];
    else this.backlog.push(copy);
  }

  /** Pays the `onDrain` that is owed, if one is. */
  drain(): void {
    if (!this.wantsDrain || this.isOver) return;
    this.wantsDrain = false;
    this.handler.onDrain();
  }
}

function failExchange(exchange: Exchange, fault: UpstreamFault): void {
  exchange.fail(fault);
}
