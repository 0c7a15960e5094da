import { copyOf } from "./copy-of.ts";
import type { CorkHolder } from "./cork-holder.ts";
import type { UwsResponse } from "./uws.ts";

/** The part of the engine's response that is used here. */
type Output = Pick<UwsResponse, "pause" | "write"> & {
  cork(callback: () => void): unknown;
  end(): unknown;
};

/**
 * So many bytes of a piece go after the others, one at a time while the client does not follow: each says whether
 * all before it has left. A piece is 64 KiB at most, and a client that reads makes room for a third of the
 * kernel's buffer at a time, 5 KiB at the least: some 13 would do, if the engine said each time that there is room.
 * While its upload is held back it cannot, and it is tried so many times a minute (`UploadBrake`).
 */
const TAIL_BYTES = 1024;
const NOTHING = new Uint8Array(0);

/**
 * Writes, in chunks, the body of an answer behind which nothing may be served on its connection.
 *
 * The engine cannot be told to close behind a chunked body: what comes is left unread instead. But each write that
 * the kernel does not take whole makes the engine read again, even one of what it has kept, so the answer may
 * be ended only when all of it has left. What does not leave waits here.
 */
export class ClosingChunks {
  readonly #res: Output;
  readonly #corks: Pick<CorkHolder, "hold">;
  readonly #onReady: () => void;
  readonly #onEnd: () => void;
  readonly #waiting: Uint8Array[] = [];
  #tail: Uint8Array = NOTHING;
  #isBehind = false;
  #isKept = false;
  #isLast = false;

  /** `onReady`: the client has caught up. `onEnd`: that was all. */
  constructor(
    res: Output,
    corks: Pick<CorkHolder, "hold">,
    onReady: () => void,
    onEnd: () => void,
  ) {
    this.#res = res;
    this.#corks = corks;
    this.#onReady = onReady;
    this.#onEnd = onEnd;
  }

  /** Whether the engine may have kept something of what was written. */
  get isKept(): boolean {
    return this.#isKept;
  }

  /** Takes a piece, which is copied if it has to wait; returns whether the client follows. */
  write(piece: Uint8Array, last: boolean): boolean {
    this.#isLast = last;
    if (this.#isBehind) {
      if (piece.length > 0) this.#waiting.push(copyOf(piece));
      return false;
    }
    this.#isBehind = !this.#pass(piece);
    if (last && !this.#isBehind) this.#end();
    return !this.#isBehind;
  }

  onWritable(): void {
    if (!this.#isBehind || !this.#catchUp()) return;
    this.#isBehind = false;
    for (let piece = this.#waiting.shift(); piece !== undefined; piece = this.#waiting.shift()) {
      if (this.#pass(piece)) continue;
      this.#isBehind = true;
      return;
    }
    if (this.#isLast) this.#end();
    else this.#onReady();
  }

  /**
   * Tries again to send what waits. `false`: nothing of the piece is left to find out with whether all before it has
   * left. It is taken for sent then, since the next one will tell; the last piece stays behind.
   */
  retry(): boolean {
    const canTell = !this.#isBehind || this.#tail.length > 0;
    if (canTell || !this.#isLast) this.onWritable();
    else this.#res.cork(() => undefined);
    return canTell;
  }

  /** Whether all of the piece has left; if not, the tail waits. */
  #pass(piece: Uint8Array): boolean {
    const rest = Math.max(piece.length >> 1, piece.length - TAIL_BYTES);
    if (rest > 0 && !this.#send(piece.subarray(0, rest))) {
      this.#tail = copyOf(piece.subarray(rest));
      return false;
    }
    return rest === piece.length || this.#send(piece.subarray(rest));
  }

  /** Whether all that was written has left. */
  #catchUp(): boolean {
    const tail = this.#tail;
    if (tail.length === 0) {
      // What is kept by then is less than there is room for, and goes with any write.
      this.#res.cork(() => undefined);
      return true;
    }
    this.#tail = tail.subarray(1);
    if (!this.#send(tail.subarray(0, 1))) return false;
    this.#tail = NOTHING;
    return tail.length === 1 || this.#send(tail.subarray(1));
  }

  /** Whether the kernel has taken it, and all that was kept before it. Without a cork, or that would not be told. */
  #send(piece: Uint8Array): boolean {
    let isTaken = false;
    this.#corks.hold(() => {
      isTaken = this.#res.write(piece);
    });
    this.#isKept = !isTaken;
    return isTaken;
  }

  /**
   * The few bytes of an end find room in the segment that the kernel has begun, where all before them has left.
   * Nothing more is read: the client closes, or the engine does when nothing has come for a while.
   */
  #end(): void {
    this.#res.pause();
    this.#res.cork(() => this.#res.end());
    this.#onEnd();
  }
}
