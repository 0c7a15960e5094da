/** What can be wrong with a store; the literal is stable, the message is for people. */
export type StoreErrorCode =
  | "ERR_STORE_CLOSED"
  | "ERR_STORE_CORRUPT"
  | "ERR_STORE_KEY"
  | "ERR_STORE_OPEN"
  | "ERR_STORE_VERSION"
  | "ERR_STORE_WRITE";

/**
 * Base of everything the store throws about its own state. Wrong arguments are `RangeError`s.
 *
 * No message carries a stored value: a record is named by its key, which holds none.
 */
export abstract class StoreError extends Error {
  abstract readonly code: StoreErrorCode;

  override get name(): string {
    return this.constructor.name;
  }
}

/** The directory or its files cannot be opened: not there, not a directory, not permitted. */
export class StoreOpenError extends StoreError {
  readonly code = "ERR_STORE_OPEN";

  constructor(directory: string, cause: unknown) {
    super(`the store in ${JSON.stringify(directory)} cannot be opened`, { cause });
  }
}

/** Something that is not ours, is damaged, or no longer decodes. Carries its key, never its bytes. */
export class StoreCorruptError extends StoreError {
  readonly code = "ERR_STORE_CORRUPT";
  /** The table and the record, such as `lists/deny/decoy/17`, or the path of the data file. */
  readonly key: string;

  constructor(key: string, cause: unknown) {
    super(`stored record ${JSON.stringify(key)} does not decode`, { cause });
    this.key = key;
  }
}

/** The store was written by a newer release; nothing in it has been touched. */
export class StoreVersionError extends StoreError {
  readonly code = "ERR_STORE_VERSION";
  readonly found: number;
  readonly supported: number;

  constructor(found: number, supported: number) {
    super(`the store has version ${found}; this release reads up to version ${supported}`);
    this.found = found;
    this.supported = supported;
  }
}

/** The store belongs to another installation: it was written under another key. */
export class StoreKeyError extends StoreError {
  readonly code = "ERR_STORE_KEY";
}

/** Nothing of this write was kept: the disk is full or failing. Reads and later writes go on. */
export class StoreWriteError extends StoreError {
  readonly code = "ERR_STORE_WRITE";

  constructor(cause: unknown) {
    super("the store cannot commit: the disk may be full, read-only or failing", { cause });
  }
}

/** The store was used after `close`. */
export class StoreClosedError extends StoreError {
  readonly code = "ERR_STORE_CLOSED";

  constructor() {
    super("the store is closed");
  }
}
