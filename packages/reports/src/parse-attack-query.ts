import type { Issue, Parsed } from "@portcullis/core";

import { type Bound, parseReportDate, type Timezone } from "./report-date.ts";

/** `0` is all of them, one report each. */
export type AttackQueryType = 0 | 100 | 101;

/** What somebody wants to know from `/attack`. */
export interface AttackQuery {
  readonly type: AttackQueryType;
  /** `undefined` is across all APIs. */
  readonly api: string | undefined;
  /** Milliseconds since 1970; both bounds belong to the range. */
  readonly earlier: number;
  readonly later: number;
}

const TYPES: ReadonlyMap<string, AttackQueryType> = new Map([
  ["0", 0],
  ["100", 100],
  ["101", 101],
]);
const NAMES: ReadonlySet<string> = new Set([
  "later_date",
  "earlier_date",
  "api",
  "api_name",
  "type",
]);
const ALL: AttackQueryType = 0;

/**
 * Reads the query of an attack report, such as a `URLSearchParams`. An issue's path is the parameter.
 *
 * The API may be called `api` or `api_name`, for the product's pages call it both. A parameter that
 * is given twice or that does not exist is an issue: it would silently not do what it says.
 */
export function parseAttackQuery(
  parameters: Iterable<readonly [string, string]>,
  timezone: Timezone = "utc",
): Parsed<AttackQuery> {
  const issues: Issue[] = [];
  const given = readOnce(parameters, issues);
  const earlier = readDate(given, "earlier", timezone, issues);
  const later = readDate(given, "later", timezone, issues);
  const type = readType(given, issues);
  const api = readApi(given, issues);
  if (earlier !== undefined && later !== undefined && earlier > later) {
    issues.push({ path: "earlier_date", problem: "expected a date that is not after later_date" });
  }
  if (issues.length > 0 || earlier === undefined || later === undefined) {
    return { ok: false, issues };
  }
  return { ok: true, value: { type, api, earlier, later }, warnings: [] };
}

function readOnce(
  parameters: Iterable<readonly [string, string]>,
  issues: Issue[],
): ReadonlyMap<string, string> {
  const given = new Map<string, string>();
  const repeated = new Set<string>();
  let hasUnknown = false;
  for (const [name, value] of parameters) {
    if (!NAMES.has(name)) hasUnknown = true;
    else if (given.has(name)) repeated.add(name);
    else given.set(name, value);
  }
  for (const path of repeated) issues.push({ path, problem: "expected it once" });
  if (hasUnknown) {
    issues.push({ path: "", problem: `expected no parameters but ${[...NAMES].join(", ")}` });
  }
  return given;
}

function readDate(
  given: ReadonlyMap<string, string>,
  bound: Bound,
  timezone: Timezone,
  issues: Issue[],
): number | undefined {
  const path = `${bound}_date`;
  const date = parseReportDate(given.get(path) ?? "", bound, timezone);
  if (date === undefined) {
    issues.push({ path, problem: "expected a date, yyyy-mm-dd or yyyy-mm-ddThh:mm" });
  }
  return date;
}

function readType(given: ReadonlyMap<string, string>, issues: Issue[]): AttackQueryType {
  const text = given.get("type");
  const type = text === undefined ? ALL : TYPES.get(text);
  if (type === undefined) {
    issues.push({ path: "type", problem: `expected one of ${[...TYPES.keys()].join(", ")}` });
  }
  return type ?? ALL;
}

function readApi(given: ReadonlyMap<string, string>, issues: Issue[]): string | undefined {
  const names = ["api", "api_name"].filter((name) => given.has(name));
  const [path, second] = names;
  if (path === undefined) return undefined;
  if (second !== undefined) {
    issues.push({ path: second, problem: "expected either api or api_name, not both" });
  }
  const api = given.get(path);
  if (api === "") issues.push({ path, problem: "expected the id of an API" });
  return api;
}
