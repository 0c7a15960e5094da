import type { AnswerHandler, AnswerHead, UpstreamFault } from "../../src/index.ts";

/** A handler that notes what it is told and breaks the test if it is told too much. */
export class Recorder implements AnswerHandler {
  status = 0;
  headers: string[] = [];
  body = "";
  bytes = 0;
  heads = 0;
  drains = 0;
  fault: UpstreamFault | undefined = undefined;
  isComplete = false;
  calls = 0;
  onFirst: () => void = () => undefined;
  onPiece: () => void = () => undefined;
  onMore: () => void = () => undefined;
  /** Resolves with this once the exchange is over. */
  readonly over: Promise<this>;
  private settle: (value: this) => void = () => undefined;

  constructor() {
    this.over = new Promise((resolve) => {
      this.settle = resolve;
    });
  }

  onHead(head: AnswerHead, body: Uint8Array, last: boolean): void {
    this.heads++;
    this.status = head.status;
    this.headers = head.pairs.slice(0, 2 * head.count);
    this.take(body, last);
    this.onFirst();
  }

  onBody(body: Uint8Array, last: boolean): void {
    this.take(body, last);
  }

  onDrain(): void {
    this.calls++;
    this.drains++;
    this.onMore();
  }

  onFault(fault: UpstreamFault): void {
    this.calls++;
    if (this.isComplete || this.fault !== undefined) throw new Error("a fault after the end");
    this.fault = fault;
    this.settle(this);
  }

  private take(body: Uint8Array, last: boolean): void {
    this.calls++;
    if (this.isComplete || this.fault !== undefined) throw new Error("an answer after the end");
    this.bytes += body.length;
    if (this.bytes < 100_000) this.body += Buffer.from(body).toString("latin1");
    this.isComplete = last;
    this.onPiece();
    if (last) this.settle(this);
  }
}
