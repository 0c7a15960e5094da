import type { Issue, Parsed } from "@portcullis/core";
import { parseDocument } from "yaml";

import { parseSettings } from "../settings/parse-settings.ts";
import type { Settings } from "../settings/settings.ts";
import { readText } from "./read-text.ts";

/**
 * Reads `portcullis.yaml`; a file that is not there is one in which nothing is set.
 *
 * Relative paths in it count from `directory`.
 */
export function readSettings(file: string, directory: string): Parsed<Settings> {
  const read = readText(file);
  if (!read.ok) {
    if (read.missing) return parseSettings({}, directory);
    return { ok: false, issues: [{ path: "", problem: read.problem }] };
  }
  const content = parseYaml(read.text);
  return content.ok ? parseSettings(content.value, directory) : content;
}

/** Far beyond what settings need, far below what the parser's recursion can bear. */
const MOST_BRACKETS = 256;
const MOST_INDICATORS_A_LINE = 64;

/** YAML 1.2 with its core types only; repeated keys and unknown tags are issues. */
function parseYaml(text: string): Parsed<unknown> {
  if (isNestedTooDeep(text)) return { ok: false, issues: [TOO_DEEP] };
  try {
    const document = parseDocument(text, { version: "1.2", uniqueKeys: true, strict: true });
    const issues = [...document.errors, ...document.warnings].map(nameYamlError);
    if (issues.length > 0) return { ok: false, issues };
    return { ok: true, value: document.toJS({ maxAliasCount: 100 }), warnings: [] };
  } catch {
    // An anchor that is not there or expands too often.
    return { ok: false, issues: [TOO_DEEP] };
  }
}

const TOO_DEEP: Issue = {
  path: "",
  problem: "expected plain YAML, got aliases or nesting out of bounds",
};

/**
 * Counts what can open a level instead of parsing: the library recurses, and where the stack ends
 * inside a regular expression the whole process ends with it.
 */
function isNestedTooDeep(text: string): boolean {
  if ((text.match(/[[{]/g)?.length ?? 0) > MOST_BRACKETS) return true;
  const lines = text.split(/[\r\n]/);
  if (lines.some((line) => (line.match(/[-?:](?=\s)/g)?.length ?? 0) > MOST_INDICATORS_A_LINE))
    return true;
  return lines.some((line) => line.search(/\S/) > MOST_BRACKETS);
}

interface YamlError {
  readonly code: string;
  readonly message: string;
  readonly linePos?: readonly { readonly line: number; readonly col: number }[] | undefined;
}

function nameYamlError(error: YamlError): Issue {
  const at = error.linePos?.[0];
  const path = at === undefined ? "" : `line ${at.line}, column ${at.col}`;
  if (error.code === "DUPLICATE_KEY") {
    return { path, problem: "expected each key once, got one again" };
  }
  // The library's message goes on with an excerpt of the file, which may hold anything.
  const reason = (error.message.split("\n", 1)[0] ?? "").replace(/ at line .*$/, "");
  return { path, problem: `expected valid YAML, got: ${reason}` };
}
