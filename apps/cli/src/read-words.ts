import type { Answer } from "./client.ts";
import { BadInputError } from "./errors.ts";

/** For verbs that take no arguments. */
export function noWords(words: readonly string[]): void {
  if (words.length > 0) throw new BadInputError("this command takes no arguments");
}

/** The one API id a verb takes. */
export function oneApiId(words: readonly string[]): string {
  const [id] = words;
  if (id === undefined || words.length !== 1) throw new BadInputError("expected one API id");
  return checkApiId(id);
}

/** The server knows all the rules; this keeps out what is no id at all. */
export function checkApiId(id: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_ -]{0,159}$/.test(id)) return id;
  throw new BadInputError(
    "expected an API id of letters, digits, blanks, hyphens and underscores, at most 160",
  );
}

/** The objects of what should be a list of objects. */
export function records(value: unknown): Answer[] {
  if (!Array.isArray(value)) return [];
  return value.filter((item): item is Answer => typeof item === "object" && item !== null);
}

/** A text or number of an answer as text; anything else as an empty one. */
export function text(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
