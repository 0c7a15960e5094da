/** Answers given before anybody looks whether they all came in one turn of the event loop. */
const UNWATCHED = 32;
/** Further answers in that turn. */
const MOST_IN_A_TURN = 128;
/** Bytes of answers of an edge after which one is written so that it shows whether its client reads. */
const BLIND_BYTES = 64 * 1024;

/**
 * Keeps one connection from having an edge to itself.
 *
 * The engine reads all that a connection has sent, request after request, before it turns to the next
 * one, and it keeps every answer that a client does not read. It closes a connection on which a request
 * comes while the one before it is unanswered, though: so an answer that is put off to the next turn
 * ends a flood of requests sent in advance, and does nothing to clients that wait for their answers.
 */
export class AnswerPace {
  #inTurn = 0;
  #isWatching = false;
  #blindBytes = 0;
  readonly #endTurn = (): void => {
    this.#inTurn = 0;
    this.#isWatching = false;
  };

  /** Whether one more answer may be given in the turn that brought its request. */
  mayAnswerNow(): boolean {
    if (++this.#inTurn <= UNWATCHED) return true;
    if (!this.#isWatching) {
      this.#isWatching = true;
      setImmediate(this.#endTurn);
    }
    return this.#inTurn <= UNWATCHED + MOST_IN_A_TURN;
  }

  /** Whether an answer of `bytes` may be sent without looking whether its client reads. */
  maySendBlindly(bytes: number): boolean {
    this.#blindBytes += bytes;
    if (this.#blindBytes < BLIND_BYTES) return true;
    this.#blindBytes = 0;
    return false;
  }
}
