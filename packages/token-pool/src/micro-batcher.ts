import { PoolClosedError, PoolSaturatedError } from "./errors.ts";

export interface MicroBatcherOptions<In, Out> {
  /** Items of one batch. */
  readonly maxBatch: number;
  /** Items that may wait, for company or for their answer. */
  readonly maxWaiting: number;
  /** Answers each item of a batch, in its order. */
  readonly run: (items: readonly In[]) => Promise<readonly Out[]>;
}

interface Waiting<In, Out> {
  readonly item: In;
  readonly resolve: (answer: Out) => void;
  readonly reject: (error: unknown) => void;
}

/** Collects what is asked for within one turn of the event loop, and has it answered in batches. */
export class MicroBatcher<In, Out> {
  readonly #options: MicroBatcherOptions<In, Out>;
  #collected: Waiting<In, Out>[] = [];
  #waiting = 0;
  #isClosed = false;

  constructor(options: MicroBatcherOptions<In, Out>) {
    this.#options = options;
  }

  /** Items that have no answer yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Rejects at once with `PoolSaturatedError` where too many wait. */
  add(item: In): Promise<Out> {
    const { maxBatch, maxWaiting } = this.#options;
    if (this.#isClosed) return Promise.reject(new PoolClosedError());
    if (this.#waiting >= maxWaiting) return Promise.reject(new PoolSaturatedError(maxWaiting));
    this.#waiting++;
    return new Promise<Out>((resolve, reject) => {
      // After everything that this turn of the event loop still brings.
      if (this.#collected.length === 0) setImmediate(() => this.#flush());
      this.#collected.push({ item, resolve, reject });
      if (this.#collected.length >= maxBatch) this.#flush();
    });
  }

  /** Rejects what has not been sent off, and everything from now on. */
  close(): void {
    this.#isClosed = true;
    const collected = this.#take();
    for (const { reject } of collected) reject(new PoolClosedError());
    this.#waiting -= collected.length;
  }

  #flush(): void {
    const batch = this.#take();
    if (batch.length > 0) void this.#answer(batch);
  }

  #take(): Waiting<In, Out>[] {
    const taken = this.#collected;
    this.#collected = [];
    return taken;
  }

  async #answer(batch: readonly Waiting<In, Out>[]): Promise<void> {
    try {
      const answers = await this.#options.run(batch.map(({ item }) => item));
      if (answers.length !== batch.length) {
        throw new TypeError(`${batch.length} items, ${answers.length} answers`);
      }
      this.#waiting -= batch.length;
      for (const [at, answer] of answers.entries()) batch[at]?.resolve(answer);
    } catch (error) {
      this.#waiting -= batch.length;
      for (const { reject } of batch) reject(error);
    }
  }
}
