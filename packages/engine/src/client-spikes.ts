import {
  type AddressWords,
  type CompiledApi,
  hashAddress,
  type HashKey,
  hashIdentifier,
  IDENTIFIER_KINDS,
  isIpv4,
} from "@portcullis/core";

/** Each client is counted in one cell of each row; the smallest count is the nearest to the truth. */
const ROWS = 4;
const CELLS = 2 ** 16;
/** A cell is the number of its window, and the requests counted in it. */
const CELL_WORDS = 2;
const ROW_WORDS = CELLS * CELL_WORDS;
/** The periods of thresholds in seconds. Each has rows of its own: their windows do not compare. */
const PERIODS = [1, 60, 3600];
const WORDS = PERIODS.length * ROWS * ROW_WORDS;

/** What a cell can hold. A larger threshold is beyond what one machine serves in an hour. */
const LARGEST_COUNT = 0x7fff_ffff;
/** A number of its own in front of API ids, so that they hash like no identifier. */
const API_ID = IDENTIFIER_KINDS.length;

/** One IPv6 customer has a /64 at least, and may change the address in it with every request. */
const IPV6_CLIENT_PREFIX = 64;
const WHOLE_ADDRESS = 128;

/**
 * Counts the requests of each address to each API in shared memory, over all threads: in windows of
 * the threshold's period, aligned with the clock.
 *
 * Of fixed size, however many addresses come: a count-min sketch, so that a client may now and then
 * count with others, but never less than its own requests. Which clients share cells is a secret of
 * the installation. Nothing is allocated for a request.
 */
export class ClientSpikes {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #key: HashKey;
  readonly #address = new Int32Array(ROWS);
  readonly #cells = new Int32Array(ROWS);
  /** The hash of each API's id, `ROWS` words, by the API's index: ids outlive a policy. */
  #apis = new Int32Array(0);

  /** Attaches to `buffer`, or makes a new one; pages of it that no client needs stay untouched. */
  constructor(key: HashKey, buffer?: SharedArrayBuffer) {
    this.#key = key;
    this.buffer = buffer ?? new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT);
    this.#words = new Int32Array(this.buffer);
  }

  /** Takes the APIs of a new policy; an API that stays goes on counting. */
  replaceApis(apis: readonly CompiledApi[]): void {
    this.#apis = new Int32Array(apis.length * ROWS);
    for (const { id, index } of apis) {
      hashIdentifier(this.#key, API_ID, "", id, this.#apis, index * ROWS);
    }
  }

  /**
   * Counts one request of `address` to `api`, and says whether it is over the API's threshold.
   *
   * A client that is over it already is not counted further, so that a flood takes no more room in
   * the cells it shares than the threshold.
   */
  count(api: CompiledApi, address: AddressWords, nowMs: number): boolean {
    const { count: limit, seconds } = api.clientSpike;
    if (limit > LARGEST_COUNT) return false;
    const window = Math.floor(nowMs / (1000 * seconds)) | 0;
    this.#find(api.index, seconds, address);
    if (this.#isOver(window, limit)) return true;
    let least = LARGEST_COUNT;
    for (let row = 0; row < ROWS; row++) {
      least = Math.min(least, this.#bump(this.#cells[row] ?? 0, window));
    }
    return least >= limit;
  }

  /** Writes where the client's cells are to `#cells`. */
  #find(api: number, seconds: number, address: AddressWords): void {
    const prefix = isIpv4(address) ? WHOLE_ADDRESS : IPV6_CLIENT_PREFIX;
    hashAddress(this.#key, address, prefix, this.#address, 0);
    const firstRow = PERIODS.indexOf(seconds) * ROWS;
    for (let row = 0; row < ROWS; row++) {
      const hash = (this.#address[row] ?? 0) ^ (this.#apis[api * ROWS + row] ?? 0);
      this.#cells[row] = (firstRow + row) * ROW_WORDS + (hash & (CELLS - 1)) * CELL_WORDS;
    }
  }

  #isOver(window: number, limit: number): boolean {
    for (let row = 0; row < ROWS; row++) {
      const cell = this.#cells[row] ?? 0;
      if (!isCurrent(window, Atomics.load(this.#words, cell))) return false;
      if (Atomics.load(this.#words, cell + 1) < limit) return false;
    }
    return true;
  }

  /** Adds one request to a cell and returns how many were in it before. */
  #bump(cell: number, window: number): number {
    const words = this.#words;
    const counted = Atomics.load(words, cell);
    if (!isCurrent(window, counted)) {
      // What was there is taken off, not overwritten: what other threads add meanwhile must not be lost.
      const old = Atomics.load(words, cell + 1);
      if (Atomics.compareExchange(words, cell, counted, window) === counted) {
        Atomics.sub(words, cell + 1, old);
      }
    }
    return Atomics.add(words, cell + 1, 1);
  }
}

/**
 * Whether a cell of the window `counted` counts for `window` too: it is the same, or the next one,
 * which another thread may have seen begin. Further ahead: the clock was set back.
 */
function isCurrent(window: number, counted: number): boolean {
  const ahead = (counted - window) | 0;
  return ahead === 0 || ahead === 1;
}
