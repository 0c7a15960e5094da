export type CliErrorCode = "ERR_BAD_INPUT" | "ERR_FAILED";

/** Base of what ends a command early: the message is its one line on stderr. */
export abstract class CliError extends Error {
  abstract readonly code: CliErrorCode;
  abstract readonly exitCode: number;

  override get name(): string {
    return this.constructor.name;
  }
}

/** The command cannot be meant as it was typed; nothing has changed. */
export class BadInputError extends CliError {
  readonly code = "ERR_BAD_INPUT";
  readonly exitCode = 2;
}

/** The command is fine, but could not be carried out. */
export class FailedError extends CliError {
  readonly code = "ERR_FAILED";
  readonly exitCode = 1;
}
