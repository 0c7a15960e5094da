import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

/** Largest configuration file that is read. */
const MAX_FILE_BYTES = 1024 * 1024;
/** Read at a time: what is freed in larger pieces makes glibc keep more memory for good (mallopt(3), M_MMAP_THRESHOLD). */
const PIECE_BYTES = 64 * 1024;

/** The text of a file, or why there is none. */
type ReadText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly missing: boolean; readonly problem: string };

/**
 * Reads one configuration file as UTF-8; a byte order mark is taken off.
 *
 * Symbolic links are followed (mounted configuration is made of them), but only to a regular file
 * of at most 1 MiB: a pipe or device is refused without waiting for it.
 */
export function readText(file: string): ReadText {
  let descriptor: number | undefined;
  try {
    // O_NONBLOCK: opening a pipe would otherwise wait for a writer.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    return readOpened(descriptor);
  } catch (error) {
    return { ok: false, missing: codeOf(error) === "ENOENT", problem: explain(error) };
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** The `code` of a system error, or an empty text. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function readOpened(descriptor: number): ReadText {
  if (!fstatSync(descriptor).isFile()) return fail("expected a regular file, got something else");
  const bytes = readBytes(descriptor);
  if (bytes.length > MAX_FILE_BYTES) {
    return fail(`expected at most ${MAX_FILE_BYTES} bytes, got more`);
  }
  try {
    return { ok: true, text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    return fail("expected UTF-8 text, got other bytes");
  }
}

/** To the end, or to where there are too many. The size is not asked for: a file can grow meanwhile. */
function readBytes(descriptor: number): Buffer {
  const pieces: Buffer[] = [];
  for (let [length, taken] = [0, -1]; taken !== 0 && length <= MAX_FILE_BYTES; length += taken) {
    const piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
    taken = readSync(descriptor, piece);
    pieces.push(piece.subarray(0, taken));
  }
  return Buffer.concat(pieces);
}

function fail(problem: string): ReadText {
  return { ok: false, missing: false, problem };
}

function explain(error: unknown): string {
  switch (codeOf(error)) {
    case "ENOENT":
      return "expected a file, got nothing there";
    case "EACCES":
    case "EPERM":
      return "expected a readable file, got permission denied";
    case "ELOOP":
      return "expected a file, got a loop of symbolic links";
    case "EISDIR":
      return "expected a regular file, got a directory";
    case "ENOTDIR":
      return "expected a directory above it, got a file";
    default:
      return `expected a readable file, got ${codeOf(error) || "an unknown error"}`;
  }
}
