import { Piscina } from "piscina";

import { type Batch, type BatchedToken, packOwned, unpackAnswer } from "./batch.ts";
import { KeySetError, PoolClosedError, PoolFailedError } from "./errors.ts";
import type { KeySetSource } from "./key-set.ts";
import { MicroBatcher } from "./micro-batcher.ts";
import type { TokenVerifier } from "./token-verifier.ts";
import type { Verification, VerificationRule } from "./verification.ts";
import type { WorkerTask } from "./worker.ts";

export interface TokenPoolOptions {
  /** Worker threads. */
  readonly threads: number;
  /** Tokens that may wait. */
  readonly maxWaiting: number;
  /** Tokens that travel together at most. */
  readonly maxBatch?: number;
  /** URL of the module with `verifyBatch`; tests have others. */
  readonly worker?: string;
}

/** What one token asks of the pool. */
interface Question {
  readonly token: string;
  readonly rule: VerificationRule;
  readonly keys: KeySetSource;
}

/** Past it a batch costs no less a token, and its first token waits for its last. */
const MAX_BATCH = 64;
/** Batches that a worker has under way: while one waits for Node's threads, the next is unpacked. */
const BATCHES_AT_ONCE = 2;

/**
 * Verifies tokens in worker threads. What is asked for in one turn of the event loop travels
 * together, as one transferred buffer.
 *
 * A batch whose worker ends goes to another one, once. The threads start with the first token.
 */
export class TokenPool implements TokenVerifier {
  readonly #options: TokenPoolOptions;
  readonly #batcher: MicroBatcher<Question, Verification | undefined>;
  #piscina: Piscina<WorkerTask, Uint8Array> | undefined = undefined;
  #isClosed = false;

  constructor(options: TokenPoolOptions) {
    this.#options = options;
    this.#batcher = new MicroBatcher({
      maxBatch: options.maxBatch ?? MAX_BATCH,
      maxWaiting: options.maxWaiting,
      run: (questions) => this.#run(questions),
    });
  }

  /** Tokens that have no answer yet. */
  get waiting(): number {
    return this.#batcher.waiting;
  }

  async verify(token: string, rule: VerificationRule, keys: KeySetSource): Promise<Verification> {
    const verification = await this.#batcher.add({ token, rule, keys });
    if (verification === undefined) throw new KeySetError("keys that a worker could not use");
    return verification;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#batcher.close();
    await this.#piscina?.destroy();
  }

  async #run(questions: readonly Question[]): Promise<readonly (Verification | undefined)[]> {
    try {
      return await this.#send(questions);
    } catch (first) {
      if (this.#isClosed) throw new PoolClosedError();
      try {
        return await this.#send(questions);
      } catch {
        throw this.#isClosed ? new PoolClosedError() : new PoolFailedError(first);
      }
    }
  }

  async #send(questions: readonly Question[]): Promise<readonly (Verification | undefined)[]> {
    const task = taskOf(questions, Date.now());
    this.#piscina ??= this.#start();
    const answer = await this.#piscina.run(task, { transferList: [task.batch.buffer] });
    return unpackAnswer(answer);
  }

  #start(): Piscina<WorkerTask, Uint8Array> {
    const { threads, worker } = this.#options;
    return new Piscina({
      filename: worker ?? import.meta.resolve("@portcullis/token-pool/worker"),
      name: "verifyBatch",
      // Or the source condition of a test runner leaks into the thread, which runs built files.
      execArgv: [],
      minThreads: threads,
      maxThreads: threads,
      concurrentTasksPerWorker: BATCHES_AT_ONCE,
    });
  }
}

/** Rules and keys go once a batch, however many tokens share them. */
function taskOf(
  questions: readonly Question[],
  nowMs: number,
): WorkerTask & { batch: Uint8Array<ArrayBuffer> } {
  const rules: VerificationRule[] = [];
  const keys: KeySetSource[] = [];
  const tokens = questions.map(({ token, rule, keys: source }): BatchedToken => [
    token,
    placeOf(rules, rule),
    placeOf(keys, source),
  ]);
  const batch: Batch = { nowMs, rules, tokens };
  return { batch: packOwned(batch), keys };
}

function placeOf<T>(all: T[], one: T): number {
  const at = all.indexOf(one);
  return at === -1 ? all.push(one) - 1 : at;
}
