import { turnNumber } from "@portcullis/upstream";

/** Of all the bodies of one turn; what does not fit is sent at once. */
const BUFFER_BYTES = 128 * 1024;
/** Copying more than this costs as much as is won. */
const MOST_BYTES = 8 * 1024;

/**
 * Copies of small bodies that last until the end of the turn: what an upstream sends is read into one buffer,
 * one answer over the other.
 *
 * Two buffers take turns, so that a copy made while a turn is being ended lasts until the end of the next one.
 */
export class TurnBytes {
  readonly #buffers = [new Uint8Array(BUFFER_BYTES), new Uint8Array(BUFFER_BYTES)] as const;
  #turn = -1;
  #used = 0;

  /** `undefined`: there is no room for it. */
  copy(body: Uint8Array): Uint8Array | undefined {
    const turn = turnNumber();
    if (this.#turn !== turn) {
      this.#turn = turn;
      this.#used = 0;
    }
    const start = this.#used;
    const end = start + body.length;
    if (body.length > MOST_BYTES || end > BUFFER_BYTES) return undefined;
    const copy = this.#buffers[turn % 2 === 0 ? 0 : 1].subarray(start, end);
    copy.set(body);
    this.#used = end;
    return copy;
  }
}
