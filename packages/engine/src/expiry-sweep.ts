import type { Store } from "@portcullis/store";

import type { SharedLists } from "./shared-lists.ts";

export interface ExpirySweepOptions {
  readonly store: Store;
  readonly shared: SharedLists;
  readonly everyMs: number;
  /** Milliseconds for which attacks are kept; 0: for ever. */
  readonly attacksKeptMs: number;
  readonly nowSeconds: () => number;
  /** Told of what went wrong; the next sweep is made all the same. */
  readonly onError: (what: string, error: unknown) => void;
}

/**
 * Takes denials out of memory and off the disk some time after they have expired, and attacks out of the log that are
 * older than they are kept for. Denials deny nobody from the second on at which they expire: this only gives back
 * what they hold.
 */
export class ExpirySweep {
  readonly #options: ExpirySweepOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #stopping = new AbortController();
  #underWay: Promise<void> | undefined = undefined;

  constructor(options: ExpirySweepOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.run(), options.everyMs).unref();
  }

  /** Makes a sweep, or waits for the one under way. Never rejects. */
  run(): Promise<void> {
    this.#underWay ??= this.#sweep().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  /** Makes no further sweep, and resolves when the one under way has ended, which it does soon. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopping.abort();
    await this.#underWay;
  }

  async #sweep(): Promise<void> {
    const { nowSeconds, onError, shared, store } = this.#options;
    try {
      await shared.purgeExpiredInTurns();
      await store.lists.dropExpired(nowSeconds(), this.#stopping.signal);
    } catch (error) {
      onError("expired list entries could not be taken out", error);
    }
    try {
      await this.#forgetAttacks();
    } catch (error) {
      onError("old attacks could not be taken out of the log", error);
    }
  }

  async #forgetAttacks(): Promise<void> {
    const { attacksKeptMs, nowSeconds, store } = this.#options;
    if (attacksKeptMs === 0 || this.#stopping.signal.aborted) return;
    await store.attacks.prune(nowSeconds() * 1000 - attacksKeptMs, this.#stopping.signal);
  }
}
