import { createHash } from "node:crypto";
import { basename } from "node:path";

import type { Parsed } from "@portcullis/core";

import type { ConfigIssue } from "../config-issue.ts";
import { parseJsonText } from "./parse-json-text.ts";
import { readText } from "./read-text.ts";

/** One API as it stands in its file. */
export interface DefinitionFile<Definition> {
  /** The file name without `.json`. */
  readonly id: string;
  readonly file: string;
  /** The text of the file, without byte order mark. */
  readonly json: string;
  /** SHA-256 of `json` in hex. */
  readonly hash: string;
  readonly definition: Definition;
}

/** Judges an API's id and gives its JSON a meaning: `parseApiDefinition` of the core. */
export type ParseDefinition<Definition> = (id: string, json: unknown) => Parsed<Definition>;

/** A value read from files, or every issue in them. */
export type Read<T> =
  | { readonly ok: true; readonly value: T; readonly warnings: readonly ConfigIssue[] }
  | { readonly ok: false; readonly issues: readonly ConfigIssue[] };

/** Reads one API definition; its id is the file name without `.json`. */
export function readDefinition<Definition>(
  file: string,
  parseDefinition: ParseDefinition<Definition>,
): Read<DefinitionFile<Definition>> {
  const id = basename(file).replace(/\.json$/, "");
  const read = readText(file);
  if (!read.ok) return { ok: false, issues: [{ file, path: "", problem: read.problem }] };
  const content = parseDefinitionText(read.text, id, parseDefinition);
  if (!content.ok)
    return { ok: false, issues: content.issues.map((issue) => ({ file, ...issue })) };
  const hash = createHash("sha256").update(read.text).digest("hex");
  return {
    ok: true,
    value: { id, file, json: read.text, hash, definition: content.value },
    warnings: content.warnings.map((issue) => ({ file, ...issue })),
  };
}

/**
 * Reads one API definition from its JSON text, wherever that came from. A name that comes twice is
 * an issue.
 */
export function parseDefinitionText<Definition>(
  text: string,
  id: string,
  parseDefinition: ParseDefinition<Definition>,
): Parsed<Definition> {
  return parseJsonText(text, (json) => parseDefinition(id, json));
}
