/** Requests of one kind, sent at a fixed rate whatever comes back. */
export interface Stream {
  readonly name: string;
  readonly port: number;
  readonly perSecond: number;
  /** Sent in turn, as they go over the wire. */
  readonly requests: readonly string[];
  /** Whether answers must have a status of 400 and up; otherwise none may. */
  readonly isRefused: boolean;
}

/** One run of the generator. */
export interface LoadPlan {
  readonly streams: readonly Stream[];
  readonly seconds: number;
  /** Before them; sent, and not counted. */
  readonly warmUpSeconds: number;
}

/** What came back for one stream. All in milliseconds, one for each request. */
export interface StreamTimes {
  readonly name: string;
  /** Requests whose answer was refused and should not have been, or the other way round. */
  readonly failed: number;
  /** From the moment at which a request was due to the last byte of its answer. */
  readonly latencies: readonly number[];
  /** From the moment at which a request was due until the generator noticed: its own fault. */
  readonly lateness: readonly number[];
}
