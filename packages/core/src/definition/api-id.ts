import type { Parsed } from "../parsed.ts";

const MAX_ID_LENGTH = 160;

/**
 * Words that commands and reports use in an API's place. Only the whole id is compared: read as
 * parts of names they would forbid "callback" and "small", which nothing can confuse with them.
 */
const RESERVED_IDS: readonly string[] = ["model", "threshold", "all", "decoyall"];

const EXPECTED = `expected an API id of 1 to ${MAX_ID_LENGTH} letters, digits, hyphens, underscores and blanks, the first a letter or digit`;

/** Reads the id of an API: the file name without `.json`, or the `api_id` of a command. */
export function parseApiId(id: string): Parsed<string> {
  const got = objectionTo(id);
  if (got === undefined) return { ok: true, value: id, warnings: [] };
  return { ok: false, issues: [{ path: "", problem: `${EXPECTED}, got ${got}` }] };
}

function objectionTo(id: string): string | undefined {
  if (id === "") return "an empty id";
  if (id.length > MAX_ID_LENGTH) return `${id.length} characters`;
  if (!/^[A-Za-z0-9 _-]*$/.test(id)) return "other characters";
  if (!/^[A-Za-z0-9]/.test(id)) return "another first character";
  return RESERVED_IDS.includes(id.toLowerCase()) ? `the reserved word "${id}"` : undefined;
}
