/** The literal codes of everything this package throws. */
export type EngineErrorCode = "ERR_LISTS_FULL";

/** Base of everything this package throws. A verdict is never an error. */
export abstract class EngineError extends Error {
  abstract readonly code: EngineErrorCode;

  override get name(): string {
    return this.constructor.name;
  }
}

/** The lists hold as many entries as the configuration allows; nothing was added. */
export class ListsFullError extends EngineError {
  readonly code = "ERR_LISTS_FULL";

  constructor() {
    super("the lists are full: raise lists.capacity, or delete entries");
  }
}
