import type { Scheme } from "@portcullis/core";

import type { UwsResponse } from "./uws.ts";

/** What is written to the client on the same connection. */
export interface AnswerOutput {
  /** Whether something waits for the client. */
  readonly isBehind: boolean;
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
   * `primed`: the schemes of which a connection was paused on this thread while nothing of its answer waited; before
   * that, `resume` may wait for nothing. `onStuck`: the client does not read, and cannot send either.
   */
  constructor(res: Reading, scheme: Scheme, primed: Set<Scheme>, onStuck: () => void) {
    this.#res = res;
    this.#scheme = scheme;
    this.#primed = primed;
    this.#onStuck = onStuck;
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** What the answer is written with from now on. */
  watch(answer: AnswerOutput): void {
    this.#answer = answer;
  }

  hold(): void {
    this.#isHeld = true;
    this.#pause();
  }

  /** The upload may go on. Where it is whole, the engine ends the request in 10 s from then on. */
  release(): void {
    this.#isHeld = false;
    this.#stopRetrying();
    if (!this.#isPaused) return;
    this.#resume();
    if (this.#answer?.isBehind === true) this.#answer.retry();
  }

  /** Something of the answer was not taken: the engine reads again. */
  onBehind(): void {
    this.#isPaused = false;
    if (this.#isHeld) this.#pause();
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
    const isBehind = this.#answer?.isBehind === true;
    if (!isBehind) this.#primed.add(this.#scheme);
    else if (!this.#primed.has(this.#scheme)) return;
    this.#isPaused = true;
    this.#res.pause();
    if (!isBehind || this.#timer !== undefined) return;
    this.#delayMs = FIRST_RETRY_MS;
    this.#behindSince = performance.now();
    this.#retryLater();
  }

  #resume(): void {
    this.#isPaused = false;
    this.#res.resume();
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
    if (this.#isOver || !answer.isBehind) return;
    if (!canTell) this.#resume();
    else if (performance.now() - this.#behindSince > STUCK_MS) this.#onStuck();
    else {
      this.#res.pause();
      this.#retryLater();
    }
  }
}
