import type { BlockReason, RejectReason, Verdict } from "@portcullis/core";

/** The verdict kinds in the order of their columns. */
export const VERDICT_KINDS: readonly Verdict["kind"][] = [
  "forward",
  "monitor",
  "block",
  "decoy",
  "redirect",
  "reject",
];

/** Why requests are stopped, in the order of their columns. */
export const REASONS: readonly (BlockReason | RejectReason)[] = [
  "deny-list",
  "protocol",
  "method",
  "content-type",
  "missing-token",
  "invalid-token",
  "token-unavailable",
  "client-spike",
  "malformed",
  "unknown-host",
  "unknown-api",
];

/** What became of requests that were sent upstream, in the order of their columns. */
export const UPSTREAM_OUTCOMES: readonly string[] = [
  "answered",
  "bad-gateway",
  "timeout",
  "gone",
  "overload",
];

/** Why the proxy ended a WebSocket that both sides would have kept, in the order of their columns. */
export const CUT_CAUSES = [
  "denied",
  "bytes-in",
  "bytes-out",
  "message-too-big",
  "client-slow",
  "upstream-slow",
  "idle",
  "lifetime",
  "api-removed",
  "shutdown",
] as const;

export type CutCause = (typeof CUT_CAUSES)[number];

/** The row of requests that reached no API. */
export const NO_API_ROW = 0;
/** APIs that have a row of their own; those past them share the last one. */
export const API_ROWS = 1024;

/** Upper bounds in microseconds: 1, 2, 4 … 2^23 (8.4 s); what is slower counts in `+Inf` only. */
export const HISTOGRAM_BUCKETS = 24;
const LARGEST_BOUND = 2 ** (HISTOGRAM_BUCKETS - 1);
/** Buckets, `+Inf`, and the sum of all values. */
const HISTOGRAM_COLUMNS = HISTOGRAM_BUCKETS + 2;

const REASONS_AT = VERDICT_KINDS.length;
const OUTCOMES_AT = REASONS_AT + REASONS.length;
const COLUMNS = OUTCOMES_AT + UPSTREAM_OUTCOMES.length;
const DECISION_AT = (API_ROWS + 1) * COLUMNS;
const UPSTREAM_AT = DECISION_AT + HISTOGRAM_COLUMNS;
const TOTALS_AT = UPSTREAM_AT + HISTOGRAM_COLUMNS;
const BYTES_IN = TOTALS_AT;
const BYTES_OUT = TOTALS_AT + 1;
const LOST_LINES = TOTALS_AT + 2;
const WEB_SOCKETS_AT = TOTALS_AT + 3;
const OPEN = WEB_SOCKETS_AT;
const MESSAGES_AT = WEB_SOCKETS_AT + 1;
const MESSAGE_BYTES_AT = WEB_SOCKETS_AT + 3;
const CUTS_AT = WEB_SOCKETS_AT + 5;
const CELLS = CUTS_AT + CUT_CAUSES.length;

/** A histogram as read: counts per bucket (not cumulative), the last one for `+Inf`. */
export interface HistogramCounts {
  readonly buckets: readonly number[];
  readonly sumMicroseconds: number;
}

/**
 * What one edge thread counts, in shared memory: only that thread writes, any thread reads.
 *
 * A reader may see a request half counted; every number by itself is right and never goes back.
 */
export class Counters {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: Float64Array;

  constructor(buffer?: SharedArrayBuffer) {
    this.buffer = buffer ?? new SharedArrayBuffer(CELLS * Float64Array.BYTES_PER_ELEMENT);
    this.#cells = new Float64Array(this.buffer);
  }

  /** Counts one decided request. `row` is the API's, or `NO_API_ROW`. */
  countVerdict(row: number, verdict: Verdict, decisionMicroseconds: number): void {
    const at = row * COLUMNS;
    this.#bump(at + VERDICT_KINDS.indexOf(verdict.kind));
    if (verdict.kind === "block" || verdict.kind === "monitor" || verdict.kind === "reject") {
      this.#bump(at + REASONS_AT + REASONS.indexOf(verdict.reason));
    }
    this.#observe(DECISION_AT, decisionMicroseconds);
  }

  /** Counts what became of one forwarded request; `outcome` indexes `UPSTREAM_OUTCOMES`. */
  countUpstream(row: number, outcome: number, microseconds: number): void {
    this.#bump(row * COLUMNS + OUTCOMES_AT + outcome);
    this.#observe(UPSTREAM_AT, microseconds);
  }

  countBytes(received: number, sent: number): void {
    this.#cells[BYTES_IN] = (this.#cells[BYTES_IN] ?? 0) + received;
    this.#cells[BYTES_OUT] = (this.#cells[BYTES_OUT] ?? 0) + sent;
  }

  /** Sets how many access log lines this thread has lost so far. */
  setLostLines(count: number): void {
    this.#cells[LOST_LINES] = count;
  }

  /** Sets how many WebSockets this thread has open. */
  setOpenWebSockets(count: number): void {
    this.#cells[OPEN] = count;
  }

  /** Counts one message that was passed on; `direction` 0 from clients, 1 to them. */
  countMessage(direction: 0 | 1, bytes: number): void {
    this.#bump(MESSAGES_AT + direction);
    const cell = MESSAGE_BYTES_AT + direction;
    this.#cells[cell] = (this.#cells[cell] ?? 0) + bytes;
  }

  /** Counts one WebSocket that the proxy ended. */
  countCut(cause: CutCause): void {
    this.#bump(CUTS_AT + CUT_CAUSES.indexOf(cause));
  }

  openWebSockets(): number {
    return this.#cells[OPEN] ?? 0;
  }

  messages(direction: 0 | 1): number {
    return this.#cells[MESSAGES_AT + direction] ?? 0;
  }

  messageBytes(direction: 0 | 1): number {
    return this.#cells[MESSAGE_BYTES_AT + direction] ?? 0;
  }

  cuts(cause: CutCause): number {
    return this.#cells[CUTS_AT + CUT_CAUSES.indexOf(cause)] ?? 0;
  }

  verdicts(row: number, kind: Verdict["kind"]): number {
    return this.#cells[row * COLUMNS + VERDICT_KINDS.indexOf(kind)] ?? 0;
  }

  reasons(row: number, reason: BlockReason | RejectReason): number {
    return this.#cells[row * COLUMNS + REASONS_AT + REASONS.indexOf(reason)] ?? 0;
  }

  outcomes(row: number, outcome: number): number {
    return this.#cells[row * COLUMNS + OUTCOMES_AT + outcome] ?? 0;
  }

  decisionTimes(): HistogramCounts {
    return this.#histogram(DECISION_AT);
  }

  upstreamTimes(): HistogramCounts {
    return this.#histogram(UPSTREAM_AT);
  }

  bytesReceived(): number {
    return this.#cells[BYTES_IN] ?? 0;
  }

  bytesSent(): number {
    return this.#cells[BYTES_OUT] ?? 0;
  }

  lostLines(): number {
    return this.#cells[LOST_LINES] ?? 0;
  }

  #bump(cell: number): void {
    this.#cells[cell] = (this.#cells[cell] ?? 0) + 1;
  }

  #observe(at: number, microseconds: number): void {
    // The bucket of the smallest power of two that is not less: 32 - clz32 is its logarithm. Capped
    // first, because clz32 sees the low 32 bits only.
    const whole = Math.min(Math.ceil(microseconds), LARGEST_BOUND + 1);
    const bucket = whole <= 1 ? 0 : 32 - Math.clz32(whole - 1);
    this.#bump(at + bucket);
    const sum = at + HISTOGRAM_COLUMNS - 1;
    this.#cells[sum] = (this.#cells[sum] ?? 0) + microseconds;
  }

  #histogram(at: number): HistogramCounts {
    return {
      buckets: Array.from(this.#cells.subarray(at, at + HISTOGRAM_BUCKETS + 1)),
      sumMicroseconds: this.#cells[at + HISTOGRAM_COLUMNS - 1] ?? 0,
    };
  }
}
