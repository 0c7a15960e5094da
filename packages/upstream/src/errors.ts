/** Codes of the errors this package throws. What an upstream does wrong is never thrown: see `UpstreamFault`. */
export type UpstreamErrorCode = "ERR_UPSTREAM_OPTIONS" | "ERR_UPSTREAM_SEATS";

/** Base of everything this package throws. */
export abstract class UpstreamError extends Error {
  abstract readonly code: UpstreamErrorCode;

  override get name(): string {
    return this.constructor.name;
  }
}

/** A pool, a group or a check cannot be opened with these options; `option` names the first bad one. */
export class UpstreamOptionsError extends UpstreamError {
  readonly code = "ERR_UPSTREAM_OPTIONS";
  readonly option: string;

  constructor(option: string, expected: string) {
    super(`upstream option ${option}: expected ${expected}`);
    this.option = option;
  }
}

/** More servers are configured, counted once for each API that names them, than the shared memory has seats for. */
export class SeatsTakenError extends UpstreamError {
  readonly code = "ERR_UPSTREAM_SEATS";
  readonly seats: number;

  constructor(seats: number) {
    super(`all ${seats} seats for servers are taken: allocate the shared memory with more`);
    this.seats = seats;
  }
}
