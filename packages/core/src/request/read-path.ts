import { canonicalizePath, STRICT_PATH } from "../target/canonical-path.ts";
import { canonicalizeLeniently, leniencesOf } from "../target/lenient-path.ts";
import type { RequestView } from "./request-view.ts";

/**
 * Reads the path of a request target into `view`, which has been reset. One that no API may take sets
 * `view.isMalformed`; one that some may is checked by `evaluate` once the API is known.
 */
export function readPath(view: RequestView, raw: string): void {
  const path = canonicalizePath(raw, STRICT_PATH);
  if (path === undefined) readLeniently(view, raw);
  else view.path = path;
}

function readLeniently(view: RequestView, raw: string): void {
  const path = canonicalizeLeniently(raw);
  view.path = path ?? "";
  if (path === undefined) view.isMalformed = true;
  else view.pathLeniences = leniencesOf(raw, path);
}
