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
 * all before it has left. While the upload is held back there are 944 tries in the minute that is waited (`UploadBrake`).
 */
const TAIL_BYTES = 1024;
const SMALL_PIECE_BYTES = 2048;
/** Of a small piece: what the engine may have kept of it with the framing of so many chunks stays under 4 KiB. */
const SMALL_TAIL_BYTES = 256;
/**
 * Left for when the engine says that there is room: a client that reads makes room for a third of the kernel's buffer
 * at a time, 5 KiB at the least, and a piece is 64 KiB at most.
 */
const SPARED_BYTES = 32;
/** So much is certain to leave when the engine says that there is room. */
const ROOM_BYTES = 4096;
/** Of a chunk, besides its bytes. */
const FRAMING_BYTES = 12;
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
  /** What the engine has kept, at most. */
  #kept = 0;
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
    return this.#kept > 0;
  }

  /** Takes a piece, which is copied if it has to wait; returns whether the client follows. */
  write(piece: Uint8Array, last: boolean): boolean {
    this.#isLast = last;
    if (this.#isBehind) {
      if (piece.length > 0) this.#waiting.push(copyOf(piece));
      return false;
    }
    // Of what was taken for sent, it must be known before the end.
    this.#isBehind = !this.#pass(piece) || (last && this.#kept > 0);
    if (last && !this.#isBehind) this.#end();
    return !this.#isBehind;
  }

  /** Call when the engine says that there is room. */
  onWritable(): void {
    if (!this.#isBehind) return;
    if (this.#tail.length > 0) {
      this.#tryTail();
      return;
    }
    this.#flush();
    this.#kept = Math.max(0, this.#kept - ROOM_BYTES);
    if (this.#kept === 0) this.#goOn();
  }

  /**
   * Tries again to send what waits; `spares`: the engine may be asked to say when there is room, later. `false`: nothing
   * of the piece is left to find out with whether all before it has left. Where nothing is spared it is taken for sent
   * then, since the next piece will tell; what is last stays behind.
   */
  retry(spares: boolean): boolean {
    if (this.#isBehind && this.#tail.length > (spares ? SPARED_BYTES : 0)) {
      this.#tryTail();
      return true;
    }
    this.#flush();
    if (!this.#isBehind) return true;
    if (!spares && !(this.#isLast && this.#waiting.length === 0)) this.#goOn();
    return false;
  }

  /** With what has come meanwhile. */
  #goOn(): void {
    this.#isBehind = false;
    for (let piece = this.#waiting.shift(); piece !== undefined; piece = this.#waiting.shift()) {
      if (this.#pass(piece)) continue;
      this.#isBehind = true;
      return;
    }
    if (!this.#isLast) this.#onReady();
    else if (this.#kept === 0) this.#end();
    else this.#isBehind = true;
  }

  /** Whether all of the piece has left; if not, the tail waits. */
  #pass(piece: Uint8Array): boolean {
    const most = piece.length > SMALL_PIECE_BYTES ? TAIL_BYTES : SMALL_TAIL_BYTES;
    const rest = Math.max(piece.length >> 1, piece.length - most);
    if (rest === 0 || this.#send(piece.subarray(0, rest)))
      return this.#sendTail(piece.subarray(rest));
    this.#tail = copyOf(piece.subarray(rest));
    return false;
  }

  /** In two, so that the end of it is left if there is no room for it. */
  #sendTail(tail: Uint8Array): boolean {
    const end = Math.max(tail.length >> 1, tail.length - SPARED_BYTES);
    if (end > 0 && !this.#send(tail.subarray(0, end))) {
      this.#tail = copyOf(tail.subarray(end));
      return false;
    }
    this.#tail = NOTHING;
    return end === tail.length || this.#send(tail.subarray(end));
  }

  #tryTail(): void {
    const tail = this.#tail;
    this.#tail = tail.subarray(1);
    if (this.#send(tail.subarray(0, 1)) && this.#sendTail(tail.subarray(1))) this.#goOn();
  }

  /** Sends of what the engine has kept as much as there is room for. */
  #flush(): void {
    this.#res.cork(() => undefined);
  }

  /** Whether the kernel has taken it, and all that was kept before it. Without a cork, or that would not be told. */
  #send(piece: Uint8Array): boolean {
    let isTaken = false;
    this.#corks.hold(() => {
      isTaken = this.#res.write(piece);
    });
    this.#kept = isTaken ? 0 : this.#kept + piece.length + FRAMING_BYTES;
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
