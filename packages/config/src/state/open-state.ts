import { chmodSync, mkdirSync, readdirSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";

import { quote, StateUnusableError } from "../errors.ts";
import { codeOf } from "../files/read-text.ts";
import { takeLock } from "./lock.ts";
import { assertPrivate } from "./private-file.ts";
import { openSecrets, type Secrets } from "./secrets.ts";

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
  const path = createDirectory(directory);
  assertPrivate(path, statSync(path), "700");
  const release = takeLock(join(path, "lock"));
  try {
    return { directory: path, ...openSecrets(path), close: release };
  } catch (error) {
    release();
    throw error;
  }
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
