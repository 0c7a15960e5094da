import type { Issue, Parsed } from "@portcullis/core";
import { z } from "zod";

import { describeValue } from "../describe-value.ts";
import { didYouMean } from "../suggest.ts";
import { checkIssuers } from "./check-issuers.ts";
import { isLoopback, isWildcard } from "./network-names.ts";
import { OPTIONS_SCHEMA } from "./options-schema.ts";
import { settingsFrom } from "./settings-from.ts";
import type { Endpoint, Settings } from "./settings.ts";

/** How the schema is written for editors: `$schema` included, inputs as the author writes them. */
export function settingsJsonSchema(): Record<string, unknown> {
  return { title: "portcullis.yaml", ...z.toJSONSchema(OPTIONS_SCHEMA, { io: "input" }) };
}

/**
 * Reads the content of `portcullis.yaml`, already parsed as YAML, or names every issue at once.
 *
 * Paths and key names are those of the author. Relative paths count from `directory`. Warnings say
 * what is allowed but unwise: a secret that crosses the network in clear.
 */
export function parseSettings(content: unknown, directory: string): Parsed<Settings> {
  const parsed = OPTIONS_SCHEMA.safeParse(content ?? {}, { error: sectionExpected });
  if (!parsed.success) {
    return {
      ok: false,
      issues: firstOfEachPath(parsed.error.issues.flatMap((i) => name(i, content))),
    };
  }
  const settings = settingsFrom(parsed.data, directory);
  const issues = [...checkIssuers(parsed.data.token_issuers), ...checkTogether(settings)];
  if (issues.length > 0) return { ok: false, issues };
  return { ok: true, value: settings, warnings: adviseOn(settings) };
}

function sectionExpected(issue: { readonly code?: string }): string | undefined {
  return issue.code === "invalid_type" ? "expected a section of settings" : undefined;
}

function name(issue: z.core.$ZodIssue, content: unknown): Issue[] {
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys(issue.path);
    return issue.keys.map((key) => ({
      path: renderPath([...issue.path, key]),
      problem: `expected one of ${known.join(", ")}, got an unknown setting${didYouMean(key, known)}`,
    }));
  }
  const got = describeValue(valueAt(content, issue.path));
  return [{ path: renderPath(issue.path), problem: `${issue.message}, got ${got}` }];
}

/** A value that breaks two rules at once is one mistake of its author. */
function firstOfEachPath(issues: readonly Issue[]): Issue[] {
  const seen = new Set<string>();
  return issues.filter(({ path }) => !seen.has(path) && seen.add(path));
}

/** What no single setting shows. */
function checkTogether(settings: Settings): Issue[] {
  const issues: Issue[] = [];
  const { lists, upstream } = settings;
  if (upstream.caFile !== undefined && upstream.authorities !== "auto") {
    issues.push({
      path: "upstream.authorities",
      problem: `expected none beside upstream.ca_file, which takes its place, got ${upstream.authorities}`,
    });
  }
  if (lists.automaticLimit > lists.capacity) {
    issues.push({
      path: "lists.automatic_limit",
      problem: `expected at most lists.capacity (${lists.capacity}), got ${lists.automaticLimit}`,
    });
  }
  const endpoints = endpointsOf(settings);
  for (const [index, [path, endpoint]] of endpoints.entries()) {
    const clash = endpoints.slice(0, index).find(([, other]) => collides(endpoint, other));
    if (clash === undefined) continue;
    const problem = `expected a port of its own, got ${endpoint.port}, which is that of ${clash[0]}`;
    issues.push({ path: `${path}.port`, problem });
  }
  return issues;
}

function endpointsOf(settings: Settings): readonly (readonly [string, Endpoint])[] {
  const { https } = settings.listen;
  return [
    ["listen.http", settings.listen.http],
    // Without a certificate nothing listens there.
    ...(https.certificates.length === 0 ? [] : [["listen.https", https] as const]),
    ["management", settings.management],
    ["reports", settings.reports],
  ];
}

function collides(left: Endpoint, right: Endpoint): boolean {
  if (left.port !== right.port || left.port === 0) return false;
  return left.host === right.host || isWildcard(left.host) || isWildcard(right.host);
}

function adviseOn(settings: Settings): Issue[] {
  return endpointsOf(settings)
    .filter(([path, { host }]) => !path.startsWith("listen.") && !isLoopback(host))
    .map(([path, { host }]) => ({
      path: `${path}.host`,
      problem: `expected a loopback address, got ${describeValue(host)}: secrets cross the network in clear`,
    }));
}

interface SchemaNode {
  readonly items?: SchemaNode;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
}

function knownKeys(path: readonly PropertyKey[]): string[] {
  let node: SchemaNode | undefined = settingsJsonSchema();
  for (const key of path) {
    node = typeof key === "number" ? node?.items : node?.properties?.[String(key)];
  }
  return Object.keys(node?.properties ?? {});
}

function renderPath(path: readonly PropertyKey[]): string {
  let rendered = "";
  for (const key of path) {
    if (typeof key === "number") rendered += `[${key}]`;
    else rendered += rendered === "" ? String(key) : `.${String(key)}`;
  }
  return rendered;
}

function valueAt(content: unknown, path: readonly PropertyKey[]): unknown {
  let value = content;
  for (const key of path) {
    value = typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
  }
  return value;
}
