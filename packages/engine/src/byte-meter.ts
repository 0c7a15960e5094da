import type { Threshold } from "@portcullis/core";

/** A power of two. */
const SLOTS = 65_536;
/** Places that one client's count may be in. */
const PROBES = 8;
const LOW_WORD = 0xffff_ffffn;

/**
 * Bytes counted per client and period, over all threads: a table of a fixed size in shared memory.
 *
 * A slot is its owner's tag beside the second at which its period ends, and the count. Nothing is
 * locked: where two threads begin a period at once, both counts are kept, and where more clients are
 * counted at a time than a neighbourhood has room for, the one with the fewest bytes is forgotten and
 * begins anew. So a count may be too low; it holds somebody else's bytes only where 32 bits collide
 * within eight slots.
 */
export class ByteMeter {
  readonly buffer: SharedArrayBuffer;
  readonly #words: BigInt64Array;

  /** Attaches to `buffer`, or makes a new one. */
  constructor(buffer?: SharedArrayBuffer) {
    this.buffer = buffer ?? new SharedArrayBuffer(SLOTS * 2 * BigInt64Array.BYTES_PER_ELEMENT);
    this.#words = new BigInt64Array(this.buffer);
  }

  /**
   * Counts `bytes` of the client whose 64-bit key stands in `key`, and says whether it is past
   * `threshold` in the period that `nowMs` is in. Periods are whole seconds, minutes and hours of the
   * clock, so up to twice the threshold may pass within one period's length around their edge.
   */
  isPast(key: Int32Array, bytes: number, threshold: Threshold, nowMs: number): boolean {
    const nowSeconds = Math.floor(nowMs / 1000);
    const end = nowSeconds - (nowSeconds % threshold.seconds) + threshold.seconds;
    const tag = BigInt((key[0] ?? 0) >>> 0);
    const head = BigInt.asIntN(64, (tag << 32n) | BigInt(end));
    const at = this.#slotOf(tag, (key[1] ?? 0) >>> 0, head, nowSeconds);
    if (at === -1) return false;
    const before = Atomics.add(this.#words, at + 1, BigInt(bytes));
    return Number(before) + bytes > threshold.count;
  }

  #slotOf(tag: bigint, hash: number, head: bigint, nowSeconds: number): number {
    let victim = -1;
    let fewest = 0n;
    for (let probe = 0; probe < PROBES; probe++) {
      const at = ((hash + probe) & (SLOTS - 1)) * 2;
      const found = Atomics.load(this.#words, at);
      if (found === head) return at;
      const isOwn = BigInt.asUintN(64, found) >> 32n === tag && found !== 0n;
      if (isOwn) return this.#take(at, found, head);
      const isOver = Number(found & LOW_WORD) <= nowSeconds;
      const count = isOver ? -1n : Atomics.load(this.#words, at + 1);
      if (victim === -1 || count < fewest) {
        victim = at;
        fewest = count;
      }
    }
    return this.#take(victim, Atomics.load(this.#words, victim), head);
  }

  /** Begins a period in the slot. What others add to it meanwhile stays; -1: it became another's. */
  #take(at: number, found: bigint, head: bigint): number {
    const count = Atomics.load(this.#words, at + 1);
    const before = Atomics.compareExchange(this.#words, at, found, head);
    if (before === found) Atomics.sub(this.#words, at + 1, count);
    return before === found || before === head ? at : -1;
  }
}
