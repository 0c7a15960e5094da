import { ClosingChunks } from "./closing-chunks.ts";
import { copyOf } from "./copy-of.ts";
import { CORK_BYTES, type CorkHolder } from "./cork-holder.ts";
import type { AnswerOutput } from "./upload-brake.ts";
import type { UwsResponse } from "./uws.ts";

/** Who feeds a body writer. */
export interface BodySource {
  onClientSlow(): void;
  onClientReady(): void;
  /** `bytes` of body have been handed over, and that was all. */
  onAnswered(bytes: number): void;
}

const UNKNOWN = -1;

/**
 * Bytes of small chunks that go out before one is written without a cork. Only such a write tells
 * whether the client follows.
 */
const BLIND_BYTES = 64 * 1024;

/**
 * Writes one answer's body to the client, at the pace the client reads it.
 *
 * A body of known length is sent with Content-Length, any other one chunked. What the engine does
 * not take at once waits here, and its source is told to stop.
 */
export class BodyWriter implements AnswerOutput {
  readonly #res: UwsResponse;
  readonly #source: BodySource;
  readonly #corks: Pick<CorkHolder, "hold">;
  #total: number = UNKNOWN;
  #closes = false;
  #written = 0;
  /** Pieces that wait for the client, and the offset at which the first one starts. */
  #waiting: Uint8Array[] = [];
  #waitingFrom = 0;
  #isLastWaiting = false;
  #isSlow = false;
  #blindBytes = 0;
  /** The engine has written Content-Length. */
  #isAnnounced = false;
  /** Writes a body of unknown length that ends its connection. */
  #closing: ClosingChunks | undefined = undefined;

  constructor(res: UwsResponse, source: BodySource, corks: Pick<CorkHolder, "hold">) {
    this.#res = res;
    this.#source = source;
    this.#corks = corks;
  }

  /** Whether something waits for the client. */
  get isBehind(): boolean {
    return this.#isSlow;
  }

  /**
   * Call once, after the head, in its cork. `total`: the body's length in bytes, -1 if unknown. `closes`:
   * nothing is served on the connection behind the answer. `looks`: the first piece shows whether the
   * client follows.
   *
   * Returns whether the body is chunked: then no piece may be written inside the cork of the head.
   */
  start(total: number, closes: boolean, looks: boolean): boolean {
    this.#total = total;
    this.#closes = closes;
    // Told to close behind a body that it has begun, the engine writes this field into the body (20.30).
    if (closes) this.#res.writeHeader("connection", "close");
    if (looks) this.#blindBytes = BLIND_BYTES;
    this.#res.onWritable((offset) => this.#onWritable(offset));
    if (total !== UNKNOWN) return false;
    if (closes) this.#closing = this.#closingChunks();
    return true;
  }

  /** Whether the engine may have kept something, as it does of a body in chunks. */
  get isKept(): boolean {
    return this.#closing?.isKept === true;
  }

  /** As `AnswerOutput` has it. */
  retry(spares: boolean): boolean {
    if (this.#closing !== undefined) return this.#closing.retry(spares);
    this.#corks.hold(() => this.#onWritable(this.#res.getWriteOffset()));
    return true;
  }

  /** Takes a piece, which is copied if it has to wait. Corks for itself. */
  write(chunk: Uint8Array, last: boolean): void {
    this.#written += chunk.length;
    if (this.#total !== UNKNOWN) this.#writeSized(chunk, last);
    else if (this.#closing === undefined) this.#writeChunked(chunk, last);
    else if (!this.#closing.write(chunk, last)) this.#slowDown();
  }

  #closingChunks(): ClosingChunks {
    const onReady = (): void => this.#ready();
    return new ClosingChunks(this.#res, this.#corks, onReady, () => {
      this.#source.onAnswered(this.#written);
    });
  }

  /**
   * The engine buffers what it cannot send, so nothing waits here; only the source is slowed, and the end, until there is
   * room for what was buffered: an edge that stops closes its connections when the last answer has been handed over.
   */
  #writeChunked(chunk: Uint8Array, last: boolean): void {
    const isTaken = chunk.length === 0 ? !this.#isSlow : this.#writeChunk(chunk);
    if (!last) {
      if (!isTaken) this.#slowDown();
    } else if (isTaken) {
      this.#endChunks();
    } else {
      this.#isLastWaiting = true;
    }
  }

  #endChunks(): void {
    // With what is buffered, as far as there is room.
    this.#res.cork(() => this.#res.end());
    this.#source.onAnswered(this.#written);
  }

  /** Whether the client follows, as far as that can be told. */
  #writeChunk(chunk: Uint8Array): boolean {
    let isTaken = true;
    this.#write(chunk.length, () => {
      isTaken = this.#res.write(chunk);
    });
    return isTaken;
  }

  /** Writes small pieces in a cork, where each of them seems to be taken, and now and then one without. */
  #write(bytes: number, write: () => void): void {
    this.#blindBytes += bytes;
    if (bytes <= CORK_BYTES && this.#blindBytes <= BLIND_BYTES) {
      this.#res.cork(write);
      return;
    }
    this.#blindBytes = 0;
    this.#corks.hold(write);
  }

  #writeSized(chunk: Uint8Array, last: boolean): void {
    if (this.#waiting.length > 0) {
      this.#waiting.push(copyOf(chunk));
      this.#isLastWaiting = last;
      return;
    }
    if (chunk.length === 0) return;
    if (this.#closes && last) {
      this.#writeLast(chunk);
      return;
    }
    this.#pass(chunk, last);
  }

  /** Without a cork, so that it is known whether all has left when the connection is closed. */
  #writeLast(chunk: Uint8Array): void {
    const first = this.#isAnnounced ? 0 : chunk.length - 1;
    if (first > 0) this.#pass(chunk.subarray(0, first), false);
    if (this.#waiting.length > 0) {
      this.#waiting.push(copyOf(chunk.subarray(first)));
      this.#isLastWaiting = true;
    } else if (this.#isAnnounced) {
      this.#blindBytes = BLIND_BYTES;
      this.#pass(chunk.subarray(first), true);
      if (this.#waiting.length === 0) this.#close();
    } else {
      // One byte, which is the whole body.
      this.#res.cork(() => this.#res.end(chunk, true));
      this.#source.onAnswered(this.#written);
    }
  }

  /** All of a body has left, and the engine does not know it: what came meanwhile has made it close. */
  #close(): void {
    this.#source.onAnswered(this.#written);
    this.#res.close();
  }

  /**
   * To the engine a body that ends its connection is never complete: it would serve what comes before the
   * client has taken all. Content-Length it writes at the first call only, so then it is told the truth.
   */
  #tryEnd(piece: Uint8Array): [boolean, boolean] {
    const total = this.#closes && this.#isAnnounced ? this.#total + 1 : this.#total;
    this.#isAnnounced = true;
    return this.#res.tryEnd(piece, total);
  }

  #pass(chunk: Uint8Array, last: boolean): void {
    const from = this.#res.getWriteOffset();
    let isTaken = false;
    let isDone = false;
    this.#write(chunk.length, () => {
      [isTaken, isDone] = this.#tryEnd(chunk);
    });
    if (isDone) {
      this.#source.onAnswered(this.#written);
    } else if (!isTaken) {
      this.#waiting.push(copyOf(chunk));
      this.#waitingFrom = from;
      this.#isLastWaiting = last;
      this.#slowDown();
    }
  }

  #slowDown(): void {
    if (this.#isSlow) return;
    this.#isSlow = true;
    this.#source.onClientSlow();
  }

  #onWritable(offset: number): boolean {
    if (this.#closing !== undefined) {
      this.#closing.onWritable();
      return true;
    }
    if (this.#total === UNKNOWN && this.#isLastWaiting) {
      this.#endChunks();
      return true;
    }
    let from = offset;
    for (let piece = this.#waiting[0]; piece !== undefined; piece = this.#waiting[0]) {
      const rest = piece.subarray(from - this.#waitingFrom);
      const [isTaken, isDone] = this.#tryEnd(rest);
      if (isDone) {
        this.#waiting = [];
        this.#source.onAnswered(this.#written);
        return true;
      }
      if (!isTaken) return false;
      this.#waiting.shift();
      from = this.#res.getWriteOffset();
      this.#waitingFrom = from;
    }
    if (this.#closes && this.#isLastWaiting) {
      this.#close();
      return true;
    }
    if (!this.#isLastWaiting) this.#ready();
    return true;
  }

  #ready(): void {
    if (!this.#isSlow) return;
    this.#isSlow = false;
    this.#source.onClientReady();
  }
}
