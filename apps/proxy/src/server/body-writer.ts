import { CORK_BYTES, type CorkHolder } from "./cork-holder.ts";
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
export class BodyWriter {
  readonly #res: UwsResponse;
  readonly #source: BodySource;
  readonly #corks: CorkHolder;
  #total: number = UNKNOWN;
  #closes = false;
  #written = 0;
  /** Pieces that wait for the client, and the offset at which the first one starts. */
  #waiting: Uint8Array[] = [];
  #waitingFrom = 0;
  #isLastWaiting = false;
  #isSlow = false;
  #blindBytes = 0;

  constructor(res: UwsResponse, source: BodySource, corks: CorkHolder) {
    this.#res = res;
    this.#source = source;
    this.#corks = corks;
  }

  /**
   * Call once, after the head. `total`: the body's length in bytes, -1 if unknown. `closes`: the
   * connection ends with the answer; only a chunked one can be ended so. `looks`: the first piece shows
   * whether the client follows.
   *
   * Returns whether the body is chunked: then no piece may be written inside the cork of the head.
   */
  start(total: number, closes: boolean, looks: boolean): boolean {
    this.#total = closes ? UNKNOWN : total;
    this.#closes = closes;
    if (looks) this.#blindBytes = BLIND_BYTES;
    this.#res.onWritable((offset) => this.#onWritable(offset));
    return this.#total === UNKNOWN;
  }

  /** Takes a piece, which is copied if it has to wait. Corks for itself. */
  write(chunk: Uint8Array, last: boolean): void {
    this.#written += chunk.length;
    if (this.#total === UNKNOWN) this.#writeChunked(chunk, last);
    else this.#writeSized(chunk, last);
  }

  /** The engine buffers what it cannot send, so nothing waits here; only the source is slowed. */
  #writeChunked(chunk: Uint8Array, last: boolean): void {
    const isTaken = chunk.length === 0 || this.#writeChunk(chunk);
    if (last) {
      this.#res.cork(() => this.#res.end(undefined, this.#closes));
      this.#source.onAnswered(this.#written);
    } else if (!isTaken) {
      this.#slowDown();
    }
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
    const from = this.#res.getWriteOffset();
    let isTaken = false;
    let isDone = false;
    this.#write(chunk.length, () => {
      [isTaken, isDone] = this.#res.tryEnd(chunk, this.#total);
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
