/** Bytes of answers of an edge after which one is written so that it shows whether its client reads. */
const MOST = 64 * 1024;

/**
 * Counts the bytes that an edge sends without looking whether they are taken. The engine keeps every answer
 * that a client does not read, so now and then one is to be written in a way that shows it.
 */
export class BlindBytes {
  #sent = 0;

  /** Whether an answer of `bytes` may be sent without looking whether its client reads. */
  maySend(bytes: number): boolean {
    this.#sent += bytes;
    if (this.#sent < MOST) return true;
    this.#sent = 0;
    return false;
  }
}
