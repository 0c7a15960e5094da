import type { Scheme } from "@portcullis/core";

import type { UwsResponse } from "./uws.ts";

/** What is written to the client on the same connection. */
export interface AnswerOutput {
  /** Whether something waits for the client. */
  readonly isBehind: boolean;
  /** Whether the engine itself may have kept something of what was written. */
  readonly isKept: boolean;
  /**
   * Tries again to send what waits, and `spares` something to try with later on. `false`: whether all of it has left
   * cannot be told.
   */
  retry(spares: boolean): boolean;
}

type Reading = Pick<UwsResponse, "pause" | "resume">;

const FIRST_RETRY_MS = 1;
const LAST_RETRY_MS = 64;
/** For so long a client may leave its answer where it is while it waits with its upload, too. */
const STUCK_MS = 60_000;
/** After so long a rest of 1 KiB at most, of which nobody tells, is taken to have left. */
const UNSURE_MS = 1000;

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
  #isWhole = false;
  #isOver = false;
  #isPaused = false;
  #timer: NodeJS.Timeout | undefined = undefined;
  #delayMs = FIRST_RETRY_MS;
  #since = 0;
  #wasBehind = false;

  /**
   * `primed`: the schemes of which a connection was paused on this thread while the engine had kept nothing for it; before
   * that, `resume` may wait for nothing. `onStuck`: the client does not read, and cannot send either.
   */
  constructor(res: Reading, scheme: Scheme, primed: Set<Scheme>, onStuck: () => void) {
    this.#res = res;
    this.#scheme = scheme;
    this.#isTls = scheme === "https";
    this.#primed = primed;
    this.#onStuck = onStuck;
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Whether nothing more is read, be it that the upload is held or that the engine would lose it. */
  get isStopped(): boolean {
    return this.#isHeld || this.#isPaused;
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

  /**
   * The upload may go on; `isWhole`: nothing more of it is to come. Returns whether it was stopped: if it is whole,
   * the engine ends the request in 10 s from then on.
   */
  release(isWhole: boolean): boolean {
    this.#isHeld = false;
    this.#isWhole = isWhole;
    if (!this.#isPaused) return false;
    if (this.#mustWait()) {
      if (this.#timer === undefined) this.#startRetrying();
      return false;
    }
    this.#stopRetrying();
    if (this.#answer?.isBehind !== true) this.#resume();
    // Not at once: this may be called while the engine is reading, and over TLS it must not write then.
    else this.#startRetrying();
    return true;
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
    if (this.#answer === undefined) this.#primed.add(this.#scheme);
    else if (this.#answer.isBehind && this.#timer === undefined) this.#startRetrying();
  }

  #resume(): void {
    this.#isPaused = false;
    this.#res.resume();
  }

  #startRetrying(): void {
    this.#delayMs = FIRST_RETRY_MS;
    this.#since = performance.now();
    this.#wasBehind = true;
    this.#retryLater();
  }

  #retryLater(): void {
    this.#timer = setTimeout(() => this.#retry(), this.#delayMs);
    this.#delayMs = Math.min(LAST_RETRY_MS, 2 * this.#delayMs);
  }

  #retry(): void {
    this.#timer = undefined;
    const answer = this.#answer;
    if (answer === undefined) return;
    const canTell = answer.retry(!this.#isTls);
    if (this.#isOver) return;
    if (this.#mustWait() || (this.#isHeld && answer.isBehind && canTell)) this.#waitOn(answer);
    else if (!answer.isBehind) this.#resumeUnlessHeld();
    // What was tried and not taken has the engine wait for room, and read.
    else if (canTell) this.#isPaused = false;
    else this.#resume();
  }

  #waitOn({ isBehind }: AnswerOutput): void {
    const now = performance.now();
    if (isBehind !== this.#wasBehind) this.#since = now;
    this.#wasBehind = isBehind;
    if (now - this.#since <= (isBehind ? STUCK_MS : UNSURE_MS)) {
      this.#res.pause();
      this.#retryLater();
    } else if (isBehind) {
      this.#onStuck();
    } else {
      this.#resumeUnlessHeld();
    }
  }

  #resumeUnlessHeld(): void {
    if (!this.#isHeld) this.#resume();
  }

  /**
   * Over TLS the engine loses what it has received and not read, where more than 512 KiB of it come at once while it has
   * kept something of an answer, and closes the connection (`ssl_read_input_length` in uSockets).
   */
  #mustWait(): boolean {
    return this.#isTls && !this.#isWhole && this.#answer?.isKept === true;
  }
}
