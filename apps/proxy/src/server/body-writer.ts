import { type UwsResponse } from "./uws.ts";

/** Who feeds a body writer. */
export interface BodySource {
  onClientSlow(): void;
  onClientReady(): void;
  /** `bytes` of body have been handed over, and that was all. */
  onAnswered(bytes: number): void;
}

const UNKNOWN = -1;

/**
 * Writes one answer's body to the client, at the pace the client reads it.
 *
 * A body of known length is sent with Content-Length, any other one chunked. What the engine does
 * not take at once waits here, and its source is told to stop.
 */
export class BodyWriter {
  readonly #res: UwsResponse;
  readonly #source: BodySource;
  #total: number = UNKNOWN;
  #closes = false;
  #written = 0;
  /** Pieces that wait for the client, and the offset at which the first one starts. */
  #waiting: Uint8Array[] = [];
  #waitingFrom = 0;
  #isLastWaiting = false;
  #isSlow = false;

  constructor(res: UwsResponse, source: BodySource) {
    this.#res = res;
    this.#source = source;
  }

  /**
   * Call once, after the head. `total`: the body's length in bytes, -1 if unknown. `closes`: the
   * connection ends with the answer; only a chunked one can be ended so.
   */
  start(total: number, closes: boolean): void {
    this.#total = closes ? UNKNOWN : total;
    this.#closes = closes;
    this.#res.onWritable((offset) => this.#onWritable(offset));
  }

  /** Takes a piece, which is copied if it has to wait. */
  write(chunk: Uint8Array, last: boolean): void {
    this.#written += chunk.length;
    if (this.#total === UNKNOWN) this.#writeChunked(chunk, last);
    else this.#writeSized(chunk, last);
  }

  /** The engine buffers what it cannot send, so nothing waits here; only the source is slowed. */
  #writeChunked(chunk: Uint8Array, last: boolean): void {
    const isTaken = chunk.length === 0 || this.#res.write(chunk);
    if (last) {
      this.#res.end(undefined, this.#closes);
      this.#source.onAnswered(this.#written);
    } else if (!isTaken) {
      this.#slowDown();
    }
  }

  #writeSized(chunk: Uint8Array, last: boolean): void {
    if (this.#waiting.length > 0) {
      this.#waiting.push(copyOf(chunk));
      this.#isLastWaiting = last;
      return;
    }
    if (chunk.length === 0) return;
    const from = this.#res.getWriteOffset();
    const [isTaken, isDone] = this.#res.tryEnd(chunk, this.#total);
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
    let from = offset;
    for (let piece = this.#waiting[0]; piece !== undefined; piece = this.#waiting[0]) {
      const rest = piece.subarray(from - this.#waitingFrom);
      const [isTaken, isDone] = this.#res.tryEnd(rest, this.#total);
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
    if (this.#isSlow && !this.#isLastWaiting) {
      this.#isSlow = false;
      this.#source.onClientReady();
    }
    return true;
  }
}

/** Not by `slice`: a Buffer's gives no copy, and the bytes are the read buffer of all connections. */
function copyOf(chunk: Uint8Array): Uint8Array {
  return new Uint8Array(chunk);
}
