import { canonicalizePath, type PathOptions } from "./canonical-path.ts";

/** The path had a run of slashes, and is the one with single slashes. */
export const MERGED_SLASHES = 1;
/** The path holds `%2F` as data of a segment. */
export const ENCODED_SLASHES = 2;

const LENIENT: PathOptions = Object.freeze({ mergeSlashes: true, keepEncodedSlashes: true });
const ENCODED_SLASH = "%2F";

/**
 * The canonical form of a path that is refused strictly but that an API may take; `undefined` where
 * none may. `leniencesOf` says what its API has to have opted in to.
 */
export function canonicalizeLeniently(raw: string): string | undefined {
  return canonicalizePath(raw, LENIENT);
}

/** What `path`, the lenient form of `raw`, takes beyond the strict form. */
export function leniencesOf(raw: string, path: string): number {
  return (
    (raw.includes("//") ? MERGED_SLASHES : 0) | (path.includes(ENCODED_SLASH) ? ENCODED_SLASHES : 0)
  );
}

/** A canonical path as a server reads it that takes `%2F` for a separator and merges slashes. */
export function decodeSlashes(path: string): string {
  return path.replaceAll(ENCODED_SLASH, "/").replaceAll(/\/{2,}/g, "/");
}
