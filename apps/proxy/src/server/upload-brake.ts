import type { Scheme } from "@portcullis/core";

import type { UwsResponse } from "./uws.ts";

/** What is written to the client on the same connection. */
export interface AnswerOutput {
  /** Whether something waits for the client. */
  readonly isBehind: boolean;
  /** Whether the engine itself may have kept something of what was written. */
  readonly isKept: boolean;
  /** Tries again to send what waits; `false`: whether all of it has left cannot be told. */
  retry(): boolean;
}

type Reading = Pick<UwsResponse, "pause" | "resume">;

const FIRST_RETRY_MS = 1;
const LAST_RETRY_MS = 64;
/** For so long a client may leave its answer where it is while it waits with its upload, too. */
const STUCK_MS = 60_000;

/**
 * Stops the upload of one request, and goes on with it, while its answer may be under way.
 *
 * The engine's `pause` stops its writing as well: it waits for nothing any more, so that what it could not
 * send stays where it is. Its `resume` goes back to what the thread's last paused connection waited for, of
 * those with as much as this one in the engine's own buffer: none, or any. And a write that is not taken whole
 * has it wait for both, paused or not. So while the upload is held and the answer waits, the answer is
 * tried again by a timer, and the engine paused again after each try; and what waits is tried again once the upload goes on.
 * Or an upstream that reads no more of a request until its answer is taken would wait for ever.
 */
export class UploadBrake {
  readonly #res: Reading;
  readonly #scheme: Scheme;
  readonly #isTls: boolean;
  readonly #primed: Set<Scheme>;
  readonly #onStuck: () => void;
  #answer: AnswerOutput | undefined = undefined;
  #isHeld = false;
  #isOver = false;
  #isPaused = false;
  #timer: NodeJS.Timeout | undefined = undefined;
  #delayMs = FIRST_RETRY_MS;
  #behindSince = 0;

  /**
   * `primed`: the schemes of which a connection was paused on this thread while the engine had kept nothing for it; before
   * that, `resume` may wait for nothing. `onStuck`: the client does not read, and cannot send either.
   */
  constructor(res: Reading, scheme: Scheme, primed: Set<Scheme>, onStuck: () => void) {
    this.#res = res;
    this.#scheme = scheme;
    this.#isTls = scheme === "https" || scheme === "wss";
    this.#primed = primed;
    this.#onStuck = onStuck;
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** What the answer is written with from now on; nothing of it waits yet, and the upload is not through. */
  watch(answer: AnswerOutput): void {
    this.#answer = answer;
    if (this.#primed.has(this.#scheme)) return;
    this.#primed.add(this.#scheme);
    this.#res.pause();
    this.#res.resume();
  }

  hold(): void {
    this.#isHeld = true;
    this.#pause();
  }

  /** The upload may go on. Where it is whole, the engine ends the request in 10 s from then on. */
  release(): void {
    this.#isHeld = false;
    if (!this.#isPaused || this.#mustWait()) return;
    this.#stopRetrying();
    this.#resume();
    if (this.#answer?.isBehind === true) this.#answer.retry();
  }

  /** Something of the answer was not taken: the engine reads again. */
  onBehind(): void {
    this.#isPaused = false;
    if (this.#isHeld || this.#mustWait()) this.#pause();
  }

  /** The request is over: nothing is tried any more. */
  end(): void {
    this.#isOver = true;
    this.#stopRetrying();
  }

  #stopRetrying(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #pause(): void {
    this.#isPaused = true;
    this.#res.pause();
    if (this.#answer?.isBehind !== true || this.#timer !== undefined) return;
    this.#startRetrying();
    this.#retryLater();
  }

  #resume(): void {
    this.#isPaused = false;
    this.#res.resume();
  }

  #startRetrying(): void {
    this.#delayMs = FIRST_RETRY_MS;
    this.#behindSince = performance.now();
  }

  #retryLater(): void {
    this.#timer = setTimeout(() => this.#retry(), this.#delayMs);
    this.#delayMs = Math.min(LAST_RETRY_MS, 2 * this.#delayMs);
  }

  #retry(): void {
    this.#timer = undefined;
    const answer = this.#answer;
    if (answer === undefined) return;
    const canTell = answer.retry();
    if (this.#isOver) return;
    if (!answer.isBehind) this.#startRetrying();
    const mayGoOn = !answer.isBehind || !canTell;
    if (mayGoOn && !this.#mustWait()) {
      // Nothing waits that could be tried, or the engine is the one to say when there is room.
      if (!this.#isHeld || answer.isBehind) this.#resume();
    } else if (performance.now() - this.#behindSince > STUCK_MS) {
      this.#onStuck();
    } else {
      this.#res.pause();
      this.#retryLater();
    }
  }

  /**
   * Over TLS the engine loses what it has received and not read, where more than 512 KiB of it come at once while it has
   * kept something of an answer, and closes the connection (`ssl_read_input_length` in uSockets).
   */
  #mustWait(): boolean {
    return this.#isTls && this.#answer?.isKept === true;
  }
}
