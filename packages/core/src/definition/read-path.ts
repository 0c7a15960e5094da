import { canonicalizePath, STRICT_PATH } from "../target/canonical-path.ts";
import { textual } from "./read-primitives.ts";
import { accept, type Read, type Reader, refuse } from "./read.ts";

/** Base paths are counted in levels; inline there are at most so many. */
export const MAX_LEVELS = 6;

/** Longer than any path a person writes, shorter than what request lines allow. */
const MAX_PATH_LENGTH = 1024;

/** In this order, because the first that applies explains the value best. */
const OBJECTIONS: readonly (readonly [(path: string) => boolean, string])[] = [
  [(path) => path === "", "an empty string"],
  [(path) => path.length > MAX_PATH_LENGTH, `more than ${MAX_PATH_LENGTH} characters`],
  [(path) => !path.startsWith("/"), 'a value that does not begin with "/"'],
  [(path) => path.includes("?"), 'a query ("?")'],
  [(path) => path.includes("#"), 'a fragment ("#")'],
  [(path) => /[{}]/.test(path), "a path template: braces have no meaning here"],
  [(path) => path.includes("*"), 'a wildcard ("*"): a path covers everything below it already'],
  [(path) => path.includes("//"), "a doubled slash"],
  [(path) => /\/\.{1,2}(?:\/|$)/.test(path), "a dot segment"],
  [
    (path) => canonicalizePath(path, STRICT_PATH) === undefined,
    "a character, an escape or a segment that requests are refused for",
  ],
  [
    (path) => canonicalizePath(path, STRICT_PATH) !== path,
    "another form than the canonical one: letters, digits and -._~ stand for themselves, escapes are in upper case",
  ],
];

/**
 * A path as requests are compared with it, because any other would never match one. A slash at the
 * end is dropped.
 */
export const readPath: Reader<string> = textual(canonicalPath);

/** A path of at most `MAX_LEVELS` levels: the base path of an API. */
export const readBasePath: Reader<string> = textual((text) => {
  const read = canonicalPath(text);
  if (!read.ok) return read;
  const levels = read.value === "/" ? 0 : read.value.split("/").length - 1;
  return levels > MAX_LEVELS ? refuse(`${levels} levels`) : read;
});

/**
 * What the enforcer itself asks an upstream for: a path and perhaps a query, sent as written. A
 * slash at the end stays, because upstreams may tell the two apart.
 */
export const readRequestTarget: Reader<string> = textual((text) => {
  const [path = "", ...query] = text.split("?");
  const read = canonicalPath(path);
  if (!read.ok) return read;
  if (text.length > MAX_PATH_LENGTH) return refuse(`more than ${MAX_PATH_LENGTH} characters`);
  return query.every((part) => /^[!"$-~]*$/.test(part))
    ? accept(text)
    : refuse('a query with a blank, a control character, a fragment ("#") or beyond ASCII');
});

function canonicalPath(text: string): Read<string> {
  const objection = OBJECTIONS.find(([applies]) => applies(text));
  if (objection !== undefined) return refuse(objection[1]);
  return accept(text.length > 1 && text.endsWith("/") ? text.slice(0, -1) : text);
}
