/** Codes of the errors this package throws. What an upstream does wrong is never thrown: see `UpstreamFault`. */
export type UpstreamErrorCode = "ERR_UPSTREAM_OPTIONS";

/** Base of everything this package throws. */
export abstract class UpstreamError extends Error {
  abstract readonly code: UpstreamErrorCode;

  override get name(): string {
    return this.constructor.name;
  }
}

/** A pool cannot be opened with these options; `option` names the first bad one. */
export class UpstreamOptionsError extends UpstreamError {
  readonly code = "ERR_UPSTREAM_OPTIONS";
  readonly option: string;

  constructor(option: string, expected: string) {
    super(`upstream option ${option}: expected ${expected}`);
    this.option = option;
  }
}
