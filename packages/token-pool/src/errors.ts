/** Every code this package throws; `docs/reference/errors.md` explains each. */
export type TokenPoolErrorCode =
  | "ERR_KEY_SET"
  | "ERR_POOL_CLOSED"
  | "ERR_POOL_FAILED"
  | "ERR_POOL_SATURATED";

/** Base of what this package throws: always that no answer could be reached, never that a token is bad. */
export abstract class TokenPoolError extends Error {
  abstract readonly code: TokenPoolErrorCode;

  override get name(): string {
    return this.constructor.name;
  }
}

/** Keys that cannot be used. The message names what is wrong, never a key. */
export class KeySetError extends TokenPoolError {
  readonly code = "ERR_KEY_SET";
}

/** As many tokens wait as may: this one was not taken. */
export class PoolSaturatedError extends TokenPoolError {
  readonly code = "ERR_POOL_SATURATED";
  readonly limit: number;

  constructor(limit: number) {
    super(`${limit} tokens wait to be verified already`);
    this.limit = limit;
  }
}

/** A batch failed on two workers, one after the other. */
export class PoolFailedError extends TokenPoolError {
  readonly code = "ERR_POOL_FAILED";

  constructor(cause: unknown) {
    super("a batch of tokens failed on two workers", { cause });
  }
}

/** The pool has been closed. */
export class PoolClosedError extends TokenPoolError {
  readonly code = "ERR_POOL_CLOSED";

  constructor() {
    super("the token pool is closed");
  }
}
