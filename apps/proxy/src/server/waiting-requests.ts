import type { AddressKey } from "./address-key.ts";
import { InFlight } from "./in-flight.ts";
import type { UwsResponse } from "./uws.ts";

/** How many requests of an edge may wait for their token to be verified, and how long. */
export interface WaitingLimits {
  readonly limit: number;
  readonly perAddress: number;
  readonly timeoutMs: number;
}

/** What comes of bodies before their request is decided may take so much memory of an edge. */
const MOST_BODY_BYTES = 32 * 1024 * 1024;

/** Requests that wait for something before they can be decided; what they have sent is kept. */
export class WaitingRequests {
  readonly #limits: WaitingLimits;
  readonly #count: InFlight;
  #bodyBytes = 0;

  constructor(limits: WaitingLimits) {
    this.#limits = limits;
    this.#count = new InFlight({ total: limits.limit, perAddress: limits.perAddress });
  }

  get size(): number {
    return this.#count.total;
  }

  /** Under what an address is counted. */
  keyOf(address: Uint32Array): AddressKey {
    return this.#count.keyOf(address);
  }

  /** Whether one more request may wait; one of an address that has not its share already. */
  hasRoom(key: AddressKey): boolean {
    return this.#bodyBytes < MOST_BODY_BYTES && this.#count.check(key, false) === "admitted";
  }

  /**
   * Calls `resume` when `done` resolves or the time is up, in a later tick, once. Call within the
   * handler of the request, if there is room.
   */
  hold(
    res: UwsResponse,
    hasBody: boolean,
    key: AddressKey,
    done: Promise<void>,
    resume: (waited: WaitedRequest) => void,
  ): void {
    const waited = new WaitedRequest(res, hasBody, (bytes) => {
      this.#bodyBytes += bytes;
    });
    this.#count.begin(key);
    const finish = (): void => {
      if (waited.isOver) return;
      clearTimeout(timer);
      this.#count.end(key);
      this.#bodyBytes -= waited.bytes;
      waited.end();
      resume(waited);
    };
    const timer = setTimeout(finish, this.#limits.timeoutMs);
    void done.then(finish);
  }
}

/** One request that waits, its client held back. */
export class WaitedRequest {
  readonly #res: UwsResponse;
  readonly #count: (bytes: number) => void;
  readonly #pieces: ArrayBuffer[] = [];
  #isWhole = false;
  #isPaused = false;
  #isGone = false;
  #isOver = false;
  #bytes = 0;

  constructor(res: UwsResponse, hasBody: boolean, count: (bytes: number) => void) {
    this.#res = res;
    this.#count = count;
    res.onAborted(() => {
      this.#isGone = true;
    });
    if (!hasBody) return;
    res.onData((piece, isLast) => this.#onBody(piece, isLast));
    setImmediate(() => this.#holdBack());
  }

  /** The client has left. The response may not be touched any more. */
  get isGone(): boolean {
    return this.#isGone;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Bytes of the body that are kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The waiting is over: the client may go on. */
  end(): void {
    this.#isOver = true;
    if (this.#isPaused && !this.#isGone) this.#res.resume();
  }

  /** Hands the body as far as it came to `take`, which gets the rest from the response itself. */
  replayTo(take: (piece: ArrayBuffer, isLast: boolean) => void): void {
    this.#pieces.forEach((piece, at) => {
      take(piece, this.#isWhole && at === this.#pieces.length - 1);
    });
  }

  /**
   * What has been received already has come by now, one receive buffer of the engine's. If that was all, there is
   * nothing to hold back, and `resume` would have the engine end the request in 10 s.
   */
  #holdBack(): void {
    if (this.#isWhole || this.#isOver || this.#isGone) return;
    this.#isPaused = true;
    this.#res.pause();
  }

  #onBody(piece: ArrayBuffer, isLast: boolean): void {
    if (this.#isOver) return;
    this.#pieces.push(piece.slice(0));
    this.#bytes += piece.byteLength;
    this.#count(piece.byteLength);
    this.#isWhole = isLast;
  }
}
