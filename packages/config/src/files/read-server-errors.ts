import type { Answer, Issue, Parsed } from "@portcullis/core";

import { describeValue } from "../describe-value.ts";
import { didYouMean } from "../suggest.ts";
import { parseJsonText } from "./parse-json-text.ts";
import { readText } from "./read-text.ts";

const LIST = "server_error";
const ENTRY_KEYS: readonly string[] = ["error_code", "error_def", "msg_body"];

/** What core allows for the answers of a definition. */
const MAX_PHRASE_LENGTH = 128;
const MAX_BODY_BYTES = 65_536;

/**
 * Reads `server_error.json`: what clients get in place of an upstream's answer with these statuses.
 * A file that is not there replaces nothing.
 */
export function readServerErrors(file: string): Parsed<readonly Answer[]> {
  const read = readText(file);
  if (read.ok) return parseJsonText(read.text, parseServerErrors);
  if (read.missing) return { ok: true, value: [], warnings: [] };
  return { ok: false, issues: [{ path: "", problem: read.problem }] };
}

function parseServerErrors(json: unknown): Parsed<readonly Answer[]> {
  const fields = fieldsOf(json);
  if (fields === undefined) return refused("", `expected an object with ${LIST}`, json);
  const issues = unknownKeys(fields, [LIST], "");
  const entries = fields.get(LIST);
  if (!Array.isArray(entries)) {
    return { ok: false, issues: [...issues, issue(LIST, "expected a list", entries)] };
  }
  const answers = entries.flatMap((entry: unknown, index) =>
    readEntry(entry, `${LIST}[${index}]`, issues),
  );
  issues.push(...repeatedCodes(entries));
  return issues.length > 0 ? { ok: false, issues } : { ok: true, value: answers, warnings: [] };
}

/** One answer, or none and why. */
function readEntry(entry: unknown, path: string, issues: Issue[]): Answer[] {
  const fields = fieldsOf(entry);
  if (fields === undefined) {
    issues.push(issue(path, `expected an object with ${ENTRY_KEYS.join(", ")}`, entry));
    return [];
  }
  issues.push(...unknownKeys(fields, ENTRY_KEYS, `${path}.`));
  const status = statusOf(fields.get("error_code"));
  const phrase = fields.get("error_def");
  const body = fields.get("msg_body");
  const refuse = (key: string, expected: string): void => {
    issues.push(issue(`${path}.${key}`, expected, fields.get(key)));
  };
  if (status === undefined) {
    refuse("error_code", "expected a status from 400 to 599, as a number or three digits");
  }
  if (!isPhrase(phrase)) {
    refuse(
      "error_def",
      `expected a line of 1 to ${MAX_PHRASE_LENGTH} visible ASCII characters and blanks`,
    );
  }
  if (!isBody(body)) {
    refuse("msg_body", `expected a text of at most ${MAX_BODY_BYTES} bytes in UTF-8`);
  }
  return status !== undefined && isPhrase(phrase) && isBody(body) ? [{ status, phrase, body }] : [];
}

function statusOf(value: unknown): number | undefined {
  const isDecimal = typeof value === "string" && /^\d{3}$/.test(value);
  const status = isDecimal ? Number(value) : value;
  const isStatus = typeof status === "number" && Number.isInteger(status);
  return isStatus && status >= 400 && status <= 599 ? status : undefined;
}

/** A line break in it would begin a header of its author's. */
function isPhrase(value: unknown): value is string {
  return (
    typeof value === "string" &&
    value.length <= MAX_PHRASE_LENGTH &&
    /^[ -~]*[!-~][ -~]*$/.test(value)
  );
}

function isBody(value: unknown): value is string {
  return (
    typeof value === "string" &&
    !/\p{Cs}/u.test(value) &&
    Buffer.byteLength(value, "utf8") <= MAX_BODY_BYTES
  );
}

/** Which of two answers to one status counts would be a guess. */
function repeatedCodes(entries: readonly unknown[]): Issue[] {
  const first = new Map<number, number>();
  return entries.flatMap((entry, index) => {
    const status = statusOf(fieldsOf(entry)?.get("error_code"));
    if (status === undefined) return [];
    const earlier = first.get(status);
    first.set(status, earlier ?? index);
    if (earlier === undefined) return [];
    const problem = `expected each status once, got ${status}, which is that of ${LIST}[${earlier}]`;
    return [{ path: `${LIST}[${index}].error_code`, problem }];
  });
}

function unknownKeys(
  fields: ReadonlyMap<string, unknown>,
  known: readonly string[],
  prefix: string,
): Issue[] {
  return [...fields.keys()]
    .filter((key) => !known.includes(key))
    .map((key) => ({
      path: `${prefix}${key}`,
      problem: `expected one of ${known.join(", ")}, got an unknown key${didYouMean(key, known)}`,
    }));
}

function fieldsOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? new Map<string, unknown>(Object.entries(value)) : undefined;
}

function issue(path: string, expected: string, got: unknown): Issue {
  return { path, problem: `${expected}, got ${describeValue(got)}` };
}

function refused(path: string, expected: string, got: unknown): Parsed<never> {
  return { ok: false, issues: [issue(path, expected, got)] };
}
