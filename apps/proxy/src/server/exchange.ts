import { type RequestView } from "@portcullis/core";
import {
  type AnswerHandler,
  type AnswerHead,
  type UpstreamExchange,
  type UpstreamFault,
} from "@portcullis/upstream";

import { endWithoutBody, sendFault, statusLine, writeAnswerHead } from "./answers.ts";
import { BodyWriter } from "./body-writer.ts";
import { OUTCOME, type RequestFacts } from "./request-facts.ts";
import { type UwsResponse } from "./uws.ts";

/** Where exchanges report to. */
export interface ExchangeOwner {
  /** Told once, when nothing more will come of the request. */
  finish(facts: RequestFacts, outcome: number): void;
}

/**
 * One request that is being forwarded: the client on one side, the upstream on the other, and the
 * bytes of both bodies between them, each side slowed down by the other.
 */
export class Exchange implements AnswerHandler {
  readonly #res: UwsResponse;
  readonly #facts: RequestFacts;
  readonly #owner: ExchangeOwner;
  readonly #writer: BodyWriter;
  readonly #bodyLimit: number;
  readonly #isChunked: boolean;
  #upstream: UpstreamExchange | undefined = undefined;
  #isOver = false;
  #isHeadSent = false;
  #isUploaded: boolean;

  constructor(
    res: UwsResponse,
    facts: RequestFacts,
    owner: ExchangeOwner,
    view: RequestView,
    bodyLimit: number,
  ) {
    this.#res = res;
    this.#facts = facts;
    this.#owner = owner;
    this.#bodyLimit = bodyLimit;
    const hasBody = view.hasBody();
    this.#isUploaded = !hasBody;
    this.#isChunked = view.isChunked;
    this.#writer = new BodyWriter(res, this);
    res.onAborted(() => this.#onClientGone());
    if (hasBody) res.onData((chunk, isLast) => this.#onUpload(chunk, isLast));
  }

  /** Joins the other side. Call in the tick of the constructor, before any upload arrives. */
  start(upstream: UpstreamExchange): void {
    this.#upstream = upstream;
  }

  onHead(head: AnswerHead, body: Uint8Array, last: boolean): void {
    if (this.#isOver) return;
    const { method } = this.#facts;
    this.#facts.status = head.status;
    this.#isHeadSent = true;
    this.#res.cork(() => {
      this.#res.writeStatus(statusLine(head.status, head.phrase));
      writeAnswerHead(this.#res, head, this.#facts.requestId);
      if (method === "HEAD" || head.status === 204 || head.status === 304) {
        this.#endWithoutBody(head.contentLength);
      } else if (last) {
        this.#facts.bytesOut = body.length;
        this.#res.end(body, this.#closes());
        this.#finish(OUTCOME.answered);
      } else {
        this.#writer.start(head.bodyLength, this.#closes());
        this.#writer.write(body, false);
      }
    });
  }

  onBody(body: Uint8Array, last: boolean): void {
    if (this.#isOver) return;
    this.#res.cork(() => this.#writer.write(body, last));
  }

  onDrain(): void {
    if (!this.#isOver) this.#res.resume();
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
    this.#facts.status = fault.status;
    this.#res.cork(() => {
      this.#facts.bytesOut = sendFault(this.#res, fault.status, this.#facts);
    });
    this.#finish(outcome);
  }

  /** Called by the body writer: the client does not follow. */
  onClientSlow(): void {
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

  #onUpload(chunk: ArrayBuffer, isLast: boolean): void {
    if (this.#isOver) return;
    this.#facts.bytesIn += chunk.byteLength;
    if (this.#bodyLimit > 0 && this.#facts.bytesIn > this.#bodyLimit) {
      this.#refuseUpload();
      return;
    }
    // The engine empties the buffer when this returns; the upstream may keep its copy longer.
    const isFull =
      chunk.byteLength > 0 && this.#upstream?.write(new Uint8Array(chunk.slice(0))) === false;
    // After the last piece nothing is left to hold back but the connection's next request.
    if (isFull && !isLast) this.#res.pause();
    if (isLast) {
      this.#isUploaded = true;
      this.#upstream?.end();
    }
  }

  #refuseUpload(): void {
    this.#upstream?.abort();
    this.#facts.status = 413;
    if (this.#isHeadSent) this.#res.close();
    else {
      this.#res.cork(() => {
        this.#facts.bytesOut = sendFault(this.#res, 413, this.#facts);
      });
    }
    this.#finish(OUTCOME.badGateway);
  }

  #onClientGone(): void {
    if (this.#isOver) return;
    this.#upstream?.abort();
    this.#finish(OUTCOME.gone);
  }

  #finish(outcome: number): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#owner.finish(this.#facts, outcome);
  }
}

function outcomeOf({ status }: UpstreamFault): number {
  if (status === 504) return OUTCOME.timeout;
  return status === 503 ? OUTCOME.overload : OUTCOME.badGateway;
}
