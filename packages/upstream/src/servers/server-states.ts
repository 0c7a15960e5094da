import { UpstreamOptionsError } from "../errors.ts";

/** How much to allocate. */
export interface ServerStatesShape {
  /** One for each server of each API. */
  readonly seats: number;
  /** Edge threads, numbered from 1. */
  readonly edges: number;
}

const SEATS_AT = 0;
const ROWS_AT = 1;
const HEADER_WORDS = 16;
/** The words of one seat fill whole cache lines, so that seats do not slow each other down. */
const LINE_WORDS = 16;
const MAX_SEATS = 65_536;
const MAX_EDGES = 1024;
/** Two edges that want the last place at once may both step back; they do not do so for ever. */
const CLAIM_TRIES = 4;

/** Shared memory for the states of servers: zero, so every server is up and nothing is open. */
export function allocateServerStates({ seats, edges }: ServerStatesShape): SharedArrayBuffer {
  if (!Number.isInteger(seats) || seats < 1 || seats > MAX_SEATS) {
    throw new UpstreamOptionsError("seats", `a whole number from 1 to ${MAX_SEATS}`);
  }
  if (!Number.isInteger(edges) || edges < 1 || edges > MAX_EDGES) {
    throw new UpstreamOptionsError("edges", `a whole number from 1 to ${MAX_EDGES}`);
  }
  const stride = strideOf(edges);
  const words = HEADER_WORDS + seats + 4 * seats * stride;
  const buffer = new SharedArrayBuffer(4 * words);
  const header = new Int32Array(buffer, 0, HEADER_WORDS);
  header[SEATS_AT] = seats;
  header[ROWS_AT] = edges + 1;
  return buffer;
}

/** A row for each edge, and row 0 for the thread that has no number. */
function strideOf(edges: number): number {
  return Math.ceil((edges + 1) / LINE_WORDS) * LINE_WORDS;
}

/**
 * What all threads know of the servers: which are down, how many exchanges each has open, how many
 * requests it has had in this period. A server counts once for each API that names it, and has a seat
 * for each.
 *
 * Every count is a row of words, one for each edge, written by that edge alone. The sum is the count.
 * So what a dead edge held can be given back exactly, and no count can be lost between two threads.
 */
export class ServerStates {
  readonly seats: number;

  private readonly edge: number;
  private readonly rows: number;
  private readonly stride: number;
  private readonly down: Int32Array;
  private readonly open: Int32Array;
  private readonly periods: Int32Array;
  private readonly requests: Int32Array;
  private readonly waiting: Int32Array;

  /** `edge` is the number of the thread that this is for, 0 for the main thread. */
  constructor(buffer: SharedArrayBuffer, edge: number) {
    const header = new Int32Array(buffer, 0, HEADER_WORDS);
    this.seats = header[SEATS_AT] ?? 0;
    this.rows = header[ROWS_AT] ?? 0;
    if (!Number.isInteger(edge) || edge < 0 || edge >= this.rows) {
      throw new UpstreamOptionsError("edge", `a whole number from 0 to ${this.rows - 1}`);
    }
    this.edge = edge;
    this.stride = strideOf(this.rows - 1);
    const rowWords = this.seats * this.stride;
    const rowsAt = 4 * (HEADER_WORDS + this.seats);
    this.down = new Int32Array(buffer, 4 * HEADER_WORDS, this.seats);
    this.open = new Int32Array(buffer, rowsAt, rowWords);
    this.periods = new Int32Array(buffer, rowsAt + 4 * rowWords, rowWords);
    this.requests = new Int32Array(buffer, rowsAt + 8 * rowWords, rowWords);
    this.waiting = new Int32Array(buffer, rowsAt + 12 * rowWords, rowWords);
  }

  /** Whether the active checks hold the server for down. */
  isDown(seat: number): boolean {
    return Atomics.load(this.down, seat) !== 0;
  }

  setDown(seat: number, isDown: boolean): void {
    Atomics.store(this.down, seat, isDown ? 1 : 0);
  }

  /** Open exchanges of all edges, those counted for a quota. */
  openCount(seat: number): number {
    const base = seat * this.stride;
    let sum = 0;
    for (let row = 0; row < this.rows; row++) sum += Atomics.load(this.open, base + row);
    return sum;
  }

  /**
   * Counts one more open exchange unless `quota` are open already. Never more than `quota` are, on all
   * edges together: whoever comes last sees all the others.
   */
  claim(seat: number, quota: number): boolean {
    const own = seat * this.stride + this.edge;
    for (let attempt = 0; attempt < CLAIM_TRIES; attempt++) {
      // Looking first, so that those who wait for a place do not push each other out.
      if (this.openCount(seat) >= quota) return false;
      Atomics.add(this.open, own, 1);
      if (this.openCount(seat) <= quota) return true;
      Atomics.sub(this.open, own, 1);
    }
    return false;
  }

  /** Gives back what `claim` has given. */
  release(seat: number): void {
    Atomics.sub(this.open, seat * this.stride + this.edge, 1);
  }

  /** Says whether requests of this edge wait for a place at the server. */
  setWaiting(seat: number, isWaiting: boolean): void {
    Atomics.store(this.waiting, seat * this.stride + this.edge, isWaiting ? 1 : 0);
  }

  /** Whether requests of another edge do. */
  isAwaitedElsewhere(seat: number): boolean {
    const base = seat * this.stride;
    for (let row = 0; row < this.rows; row++) {
      if (row !== this.edge && Atomics.load(this.waiting, base + row) !== 0) return true;
    }
    return false;
  }

  /** Requests of all edges to the server in `period`. */
  requestCount(seat: number, period: number): number {
    const base = seat * this.stride;
    let sum = 0;
    for (let row = 0; row < this.rows; row++) {
      if (Atomics.load(this.periods, base + row) === period) {
        sum += Atomics.load(this.requests, base + row);
      }
    }
    return sum;
  }

  /** Counts one more request in `period` unless there have been `limit`. */
  countRequest(seat: number, limit: number, period: number): boolean {
    const own = seat * this.stride + this.edge;
    if (Atomics.load(this.periods, own) !== period) {
      // In this order: nobody may see the old count in the new period.
      Atomics.store(this.requests, own, 0);
      Atomics.store(this.periods, own, period);
    }
    for (let attempt = 0; attempt < CLAIM_TRIES; attempt++) {
      if (this.requestCount(seat, period) >= limit) return false;
      Atomics.add(this.requests, own, 1);
      if (this.requestCount(seat, period) <= limit) return true;
      Atomics.sub(this.requests, own, 1);
    }
    return false;
  }

  /**
   * Gives back all that the edge with this number had open. Call when its thread has ended and before
   * another takes its number. Its requests of the period stay counted: they were sent.
   */
  releaseEdge(edge: number): void {
    for (let seat = 0; seat < this.seats; seat++) {
      Atomics.store(this.open, seat * this.stride + edge, 0);
      Atomics.store(this.waiting, seat * this.stride + edge, 0);
    }
  }

  /** Makes a seat ready for another server: up, and with no request in any period. */
  clear(seat: number): void {
    this.setDown(seat, false);
    for (let row = 0; row < this.rows; row++) {
      Atomics.store(this.requests, seat * this.stride + row, 0);
    }
  }
}
