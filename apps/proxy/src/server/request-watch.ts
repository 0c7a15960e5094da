/** How long requests may take, in milliseconds. */
export interface RequestLimits {
  /** In each such time a client that uploads must send `LEAST_BYTES`, or be through. */
  readonly bodyMs: number;
  /** From the decision to the end of the answer; 0: unlimited. */
  readonly totalMs: number;
}

/** Who is watched. */
export interface WatchedRequest {
  /** Nothing more of the upload is being read, which is no fault of the client's. */
  readonly isUploadStopped: boolean;
  /** The client sends too slowly. Nothing more is reported. */
  onUploadTimeout(): void;
  /** The request takes too long. Nothing more is reported. */
  onTotalTimeout(): void;
  /**
   * Tells the engine that the request may go on: it ends uploads below 16 KB/s after 10 s, without an answer. Not called
   * while the upload is stopped, for it would be read again.
   */
  keepAlive(): void;
}

/** Less than any line has, more than is worth while to those who only want to hold a connection. */
const LEAST_BYTES = 16 * 1024;

const SLOWEST_TICK_MS = 1000;
const FASTEST_TICK_MS = 10;
const KEEP_ALIVE_MS = 4000;
const NEVER = Number.POSITIVE_INFINITY;
const NOWHERE = -1;

/**
 * Watches the uploads of one edge, and where there is a limit in total every request, with one
 * timer that runs while there is something to watch.
 *
 * A time-out is never early and late by two ticks at most.
 */
export class RequestWatch {
  /** Each at its `index`: a set that empties with every turn would be built anew each time. */
  readonly #watched: Watch[] = [];
  readonly #tickMs: number;
  readonly #keepAliveTicks: number;
  readonly #bodyTicks: number;
  readonly #totalTicks: number;
  #now = 0;
  #timer: NodeJS.Timeout | undefined = undefined;

  constructor({ bodyMs, totalMs }: RequestLimits) {
    const shortest = totalMs === 0 ? bodyMs : Math.min(bodyMs, totalMs);
    const tickMs = Math.min(SLOWEST_TICK_MS, Math.max(FASTEST_TICK_MS, Math.floor(shortest / 4)));
    this.#tickMs = tickMs;
    this.#keepAliveTicks = Math.floor(KEEP_ALIVE_MS / tickMs);
    this.#bodyTicks = Math.ceil(bodyMs / tickMs) + 1;
    this.#totalTicks = totalMs === 0 ? NEVER : Math.ceil(totalMs / tickMs) + 1;
  }

  /** Watches a request from now on; `undefined`: there is nothing to watch. */
  begin(request: WatchedRequest, isUploading: boolean): Watch | undefined {
    if (!isUploading && this.#totalTicks === NEVER) return undefined;
    const watch = new Watch(request);
    watch.totalEnd = this.#now + this.#totalTicks;
    watch.windowEnd = isUploading ? this.#now + this.#bodyTicks : NEVER;
    this.#add(watch);
    return watch;
  }

  /**
   * The client has sent all it had to. `isTimed`: the engine will end the request in 10 s all the same, if it is not told
   * to go on.
   */
  uploaded(watch: Watch, isTimed: boolean): void {
    watch.windowEnd = NEVER;
    watch.isTimed = isTimed;
    if (!isTimed && this.#totalTicks === NEVER) this.#remove(watch);
  }

  /** The request is over. */
  end(watch: Watch): void {
    this.#remove(watch);
  }

  /** Ends the timer, whatever is watched. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const watch of this.#watched) watch.index = NOWHERE;
    this.#watched.length = 0;
  }

  #tick(): void {
    this.#now++;
    if (this.#watched.length === 0) {
      this.stop();
      return;
    }
    const keepsAlive = this.#now % this.#keepAliveTicks === 0;
    // From the end: what is removed meanwhile has one put in its place that has been looked at already.
    for (let at = this.#watched.length - 1; at >= 0; at--) {
      const watch = this.#watched[at];
      if (watch !== undefined) this.#check(watch, keepsAlive);
    }
  }

  #add(watch: Watch): void {
    watch.index = this.#watched.push(watch) - 1;
    this.#timer ??= setInterval(() => this.#tick(), this.#tickMs);
  }

  #remove(watch: Watch): void {
    const { index } = watch;
    if (index === NOWHERE) return;
    watch.index = NOWHERE;
    const last = this.#watched.pop();
    if (last === undefined || last === watch) return;
    this.#watched[index] = last;
    last.index = index;
  }

  #check(watch: Watch, keepsAlive: boolean): void {
    if (this.#now >= watch.totalEnd) {
      this.#remove(watch);
      watch.request.onTotalTimeout();
      return;
    }
    if (watch.isTimed && keepsAlive) watch.request.keepAlive();
    if (watch.windowEnd === NEVER) return;
    // Once it goes on, with its full time.
    if (watch.request.isUploadStopped) this.#openWindow(watch);
    else this.#checkUpload(watch, keepsAlive);
  }

  #checkUpload(watch: Watch, keepsAlive: boolean): void {
    if (this.#now < watch.windowEnd) {
      if (keepsAlive) watch.request.keepAlive();
    } else if (watch.bytes >= LEAST_BYTES) {
      this.#openWindow(watch);
    } else {
      this.#remove(watch);
      watch.request.onUploadTimeout();
    }
  }

  #openWindow(watch: Watch): void {
    watch.bytes = 0;
    watch.windowEnd = this.#now + this.#bodyTicks;
  }
}

/** One watched request; only `bytes` is for others to write. */
export class Watch {
  readonly request: WatchedRequest;
  /** Where the watch keeps it. */
  index: number = NOWHERE;
  /** Bytes of the body that came in this window. */
  bytes = 0;
  /** In ticks. */
  windowEnd: number = NEVER;
  totalEnd: number = NEVER;
  /** Whole, and ended by the engine if it is not told to go on. */
  isTimed = false;

  constructor(request: WatchedRequest) {
    this.request = request;
  }
}
