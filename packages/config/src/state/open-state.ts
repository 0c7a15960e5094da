import { chmodSync, existsSync, mkdirSync, readdirSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";

import { quote, StateUnusableError } from "../errors.ts";
import { codeOf } from "../files/read-text.ts";
import { lockOwner, takeLock } from "./lock.ts";
import { assertPrivate } from "./private-file.ts";
import { openSecrets, type Secrets } from "./secrets.ts";

const LOCK = "lock";

/** The state directory, held by this process alone until `close`. */
export interface State extends Secrets {
  /** Absolute, with symbolic links resolved. */
  readonly directory: string;
  /** Gives the directory back. Twice does no harm. */
  close(): void;
}

/**
 * Opens the state directory; at the first start creates it, with fresh secrets.
 *
 * Fails closed with a {@link StateError}: a directory or secret that others can read or write, a
 * damaged secret, another proxy in it. The state itself may be reached through a symbolic link.
 */
export function openState(directory: string): State {
  const path = prepareState(directory);
  const release = takeLock(join(path, LOCK));
  try {
    return { directory: path, ...openSecrets(path), close: release };
  } catch (error) {
    release();
    throw error;
  }
}

/**
 * Creates the state directory if there is none, without anything in it, and returns its path:
 * absolute, with symbolic links resolved. Throws a {@link StateError} as {@link openState} does.
 */
export function prepareState(directory: string): string {
  const path = createDirectory(directory);
  assertPrivate(path, statSync(path), "700");
  return path;
}

/**
 * The number of the process that uses the state directory; `undefined` while none does. Throws a
 * {@link StateError} where others could have named any process that they like.
 */
export function stateOwner(directory: string): number | undefined {
  if (!existsSync(directory)) return undefined;
  assertPrivate(directory, statSync(directory), "700");
  return lockOwner(join(directory, LOCK))?.pid;
}

/** An empty directory holds no secret yet, so closing it to others comes in time. */
function isOwnAndEmpty(path: string): boolean {
  return statSync(path).uid === process.getuid?.() && readdirSync(path).length === 0;
}

function createDirectory(directory: string): string {
  try {
    // The mode is for what is created here: one that holds something is judged as it is.
    const created = mkdirSync(directory, { recursive: true, mode: 0o700 });
    const path = realpathSync(directory);
    if (created !== undefined || isOwnAndEmpty(path)) chmodSync(path, 0o700);
    return path;
  } catch (error) {
    throw new StateUnusableError(
      directory,
      `${quote(directory)} cannot be created or opened as a directory (${codeOf(error)})`,
      { cause: error },
    );
  }
}
