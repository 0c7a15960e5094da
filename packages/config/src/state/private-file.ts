import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";

import { quote, StateExposedError, StateUnusableError } from "../errors.ts";
import { codeOf } from "../files/read-text.ts";

/** Group and others: nothing at all. */
const OTHERS = 0o077;

/**
 * Reads a secret file, or `undefined` if there is none.
 *
 * Throws unless it is a regular file of this user's that nobody else can read or write. A symbolic
 * link is refused: the secret would lie where nobody checked.
 */
export function readPrivateFile(path: string): string | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    const reason =
      codeOf(error) === "ELOOP" ? "is a symbolic link" : `cannot be read (${codeOf(error)})`;
    throw new StateUnusableError(path, `${quote(path)} ${reason}`, { cause: error });
  }
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw new StateUnusableError(path, `${quote(path)} is not a regular file`);
    assertPrivate(path, stats, "600");
    return readFileSync(descriptor, "utf8");
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Puts a secret file in place whole or not at all: after a crash there is the complete file or none.
 *
 * The caller holds the state directory's lock, so nobody else writes the same name.
 */
export function writePrivateFile(path: string, content: string): void {
  const temporary = `${path}.tmp`;
  try {
    rmSync(temporary, { force: true });
    const descriptor = openSync(temporary, "wx", 0o600);
    try {
      fchmodSync(descriptor, 0o600);
      writeFileSync(descriptor, content);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
    syncDirectory(dirname(path));
  } catch (error) {
    throw new StateUnusableError(path, `${quote(path)} cannot be written (${codeOf(error)})`, {
      cause: error,
    });
  }
}

/** Throws if anybody but this user owns or may touch what `stats` describes. */
export function assertPrivate(path: string, stats: Stats, wanted: string): void {
  const user = process.getuid?.();
  // No user ids: the platform has no such modes either.
  if (user === undefined) return;
  if (stats.uid !== user) {
    throw new StateExposedError(
      path,
      `${quote(path)} belongs to user ${stats.uid}, not to this one (${user}): run chown ${user} ${quote(path)}`,
    );
  }
  if ((stats.mode & OTHERS) !== 0) {
    const mode = (stats.mode & 0o7777).toString(8).padStart(4, "0");
    throw new StateExposedError(
      path,
      `${quote(path)} is open to other users (mode ${mode}): run chmod ${wanted} ${quote(path)}, and replace the secrets if others may have read them`,
    );
  }
}

function syncDirectory(path: string): void {
  const descriptor = openSync(path, constants.O_RDONLY);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
