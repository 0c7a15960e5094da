/** What can go wrong with the lists. */
export type ListsErrorCode =
  | "ERR_HASH_KEY_LENGTH"
  | "ERR_LISTS_ARGUMENT"
  | "ERR_LISTS_DETACHED"
  | "ERR_LISTS_LOCKED";

/** Base of what the lists throw. No message carries an identifier or key material. */
export abstract class ListsError extends Error {
  abstract readonly code: ListsErrorCode;

  override get name(): string {
    return this.constructor.name;
  }
}

/** The installation key is not 16 bytes long. */
export class HashKeyLengthError extends ListsError {
  readonly code = "ERR_HASH_KEY_LENGTH";
  readonly length: number;

  constructor(length: number) {
    super(`the hash key must be 16 bytes, got ${length}`);
    this.length = length;
  }
}

/** A capacity, flag, expiry, prefix or writer id that the lists cannot hold: a fault of the caller. */
export class ListsArgumentError extends ListsError {
  readonly code = "ERR_LISTS_ARGUMENT";
  readonly argument: string;

  constructor(argument: string, expected: string) {
    super(`${argument}: expected ${expected}`);
    this.argument = argument;
  }
}

/**
 * The table was replaced and the new one did not arrive, so this instance cannot tell who is denied.
 * The thread must not answer from the old table: end it, and start another with the present buffers.
 */
export class ListsDetachedError extends ListsError {
  readonly code = "ERR_LISTS_DETACHED";

  constructor() {
    super("the lists moved to a table that was not handed to this thread");
  }
}

/** Another writer kept the lock for longer than this one waits; `owner` may be dead. */
export class ListsLockedError extends ListsError {
  readonly code = "ERR_LISTS_LOCKED";
  readonly owner: number;

  constructor(owner: number) {
    super(`the lists are locked by writer ${owner}`);
    this.owner = owner;
  }
}
