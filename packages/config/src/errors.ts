/** Every code this package throws; `docs/reference/errors.md` explains each. */
export type ConfigErrorCode =
  | "ERR_STATE_DAMAGED"
  | "ERR_STATE_EXPOSED"
  | "ERR_STATE_LOCKED"
  | "ERR_STATE_UNUSABLE";

/** Base of what opening the state directory throws. The message is for the operator, one line. */
export abstract class StateError extends Error {
  abstract readonly code: ConfigErrorCode;
  readonly path: string;

  constructor(path: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.path = path;
  }

  override get name(): string {
    return this.constructor.name;
  }
}

/** Others than the proxy's user can read or write secrets: they may have done so already. */
export class StateExposedError extends StateError {
  readonly code = "ERR_STATE_EXPOSED";
}

/** A secret file does not hold what was written into it. */
export class StateDamagedError extends StateError {
  readonly code = "ERR_STATE_DAMAGED";
}

/** Another running proxy uses the state directory. */
export class StateLockedError extends StateError {
  readonly code = "ERR_STATE_LOCKED";
  readonly pid: number;

  constructor(path: string, pid: number) {
    super(
      path,
      `${quote(path)} is in use by process ${pid}: stop it or name another state directory`,
    );
    this.pid = pid;
  }
}

/** The directory or a file in it cannot be created, read or written. */
export class StateUnusableError extends StateError {
  readonly code = "ERR_STATE_UNUSABLE";
}

/** A path as a shell word that is safe to paste and to print. */
export function quote(path: string): string {
  if (/^[A-Za-z0-9_./-]+$/.test(path)) return path;
  const printable = path.replaceAll(/[\p{Cc}\p{Cf}]/gu, "?");
  return `'${printable.replaceAll("'", String.raw`'\''`)}'`;
}
