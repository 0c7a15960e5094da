import { randomUUID } from "node:crypto";
import { linkSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

import { StateLockedError, StateUnusableError } from "../errors.ts";
import { codeOf } from "../files/read-text.ts";
import { readPrivateFile, writePrivateFile } from "./private-file.ts";
import { identityOf, isAlive, type ProcessIdentity } from "./process-identity.ts";

const ATTEMPTS = 10;

/**
 * Takes the lock file at `path` for this process and returns what gives it back.
 *
 * The file appears whole and only if there was none (a hard link), and names its owner by process
 * id, boot and start time; so a lock whose owner was killed is taken over, even when another
 * process has its number by now. Throws {@link StateLockedError} while the owner runs. Processes
 * that cannot see each other (two containers, two machines) are not kept apart.
 */
export function takeLock(path: string): () => void {
  const mine = JSON.stringify(identityOf(process.pid));
  const candidate = join(dirname(path), `.lock-${randomUUID()}`);
  writePrivateFile(candidate, mine);
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (tryLink(candidate, path)) return () => release(path, mine);
      const held = readLock(path);
      const owner = parseOwner(held);
      if (owner !== undefined && isAlive(owner))
        throw new StateLockedError(dirname(path), owner.pid);
      if (held !== undefined) removeStale(path, held);
    }
  } finally {
    rmSync(candidate, { force: true });
  }
  throw new StateUnusableError(path, "the state directory's lock changes hands all the time");
}

/**
 * The process that holds the lock file at `path`, while it runs. Throws a `StateError` for a
 * file that somebody else may have written.
 */
export function lockOwner(path: string): ProcessIdentity | undefined {
  const owner = parseOwner(readPrivateFile(path));
  return owner !== undefined && isAlive(owner) ? owner : undefined;
}

/** Moves the stale lock aside, and back if it turns out to be a newer one than was read. */
function removeStale(path: string, held: string): void {
  const aside = join(dirname(path), `.lock-${randomUUID()}`);
  try {
    renameSync(path, aside);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    throw error;
  }
  if (readLock(aside) !== held) tryLink(aside, path);
  rmSync(aside, { force: true });
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw new StateUnusableError(to, `the state directory cannot be locked (${codeOf(error)})`, {
      cause: error,
    });
  }
}

function release(path: string, mine: string): void {
  if (readLock(path) === mine) rmSync(path, { force: true });
}

function readLock(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** `undefined` for a file that no living process can have written, such as one torn by a power cut. */
function parseOwner(text: string | undefined): ProcessIdentity | undefined {
  try {
    const owner: unknown = JSON.parse(text ?? "");
    if (typeof owner !== "object" || owner === null) return undefined;
    const pid: unknown = Reflect.get(owner, "pid");
    const started: unknown = Reflect.get(owner, "started");
    const usable = Number.isSafeInteger(pid) && typeof pid === "number" && pid > 0;
    return usable && typeof started === "string" ? { pid, started } : undefined;
  } catch {
    return undefined;
  }
}
