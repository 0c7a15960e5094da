const OPEN = 0;
const LOST = 1;
const WORDS = 2;

/** Offences on their way to the disk, over all threads; past them new ones are not taken up. */
const LIMIT = 50_000;

/**
 * How far the disk is behind the edges, in shared memory.
 *
 * A flood of offences must not fill the memory of the thread that stores them. Once so many are on
 * their way, an offence is still blocked, but its client is neither listed nor reported: what
 * memory and disk hold stays the same.
 */
export class OffenceBacklog {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;

  /** Attaches to `buffer`, or makes a new one. */
  constructor(buffer?: SharedArrayBuffer) {
    this.buffer = buffer ?? new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT);
    this.#words = new Int32Array(this.buffer);
  }

  /** Whether one more offence may be taken up. */
  hasRoom(): boolean {
    return Atomics.load(this.#words, OPEN) < LIMIT;
  }

  /** `count` offences have been sent to the thread that stores them. */
  open(count: number): void {
    Atomics.add(this.#words, OPEN, count);
  }

  /** `count` of them are stored, or given up. */
  settle(count: number): void {
    Atomics.sub(this.#words, OPEN, count);
  }

  /** One offence was not taken up. */
  lose(): void {
    Atomics.add(this.#words, LOST, 1);
  }

  /** Offences that were not taken up so far. */
  get lost(): number {
    return Atomics.load(this.#words, LOST);
  }
}
