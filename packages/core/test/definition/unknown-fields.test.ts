import { expect, test } from "vitest";

import { parseApiDefinition } from "../../src/definition/parse-api-definition.ts";
import type { Issue } from "../../src/parsed.ts";
import { definitionOf, type Json } from "./definition-of.ts";

const IGNORED = "unknown field, ignored";

function say({ path, problem }: Issue): string {
  return `${path}: ${problem}`;
}

function findingsOf(json: Json): {
  readonly issues: readonly string[];
  readonly warnings: readonly string[];
} {
  const result = parseApiDefinition("shop", json);
  return result.ok
    ? { issues: [], warnings: result.warnings.map(say) }
    : { issues: result.issues.map(say), warnings: [] };
}

test.for<{ name: string; key: string; meant: string }>([
  { name: "a letter missing", key: "enable_bloking", meant: "enable_blocking" },
  { name: "two letters swapped", key: "enable_blokcing", meant: "enable_blocking" },
  { name: "camel case", key: "enableBlocking", meant: "enable_blocking" },
  { name: "upper case", key: "IS_TOKEN_MANDATORY", meant: "is_token_mandatory" },
  { name: "hyphens", key: "oauth2-access-token", meant: "oauth2_access_token" },
  { name: "a misspelt object", key: "decoy_confg", meant: "decoy_config" },
  { name: "a Cyrillic letter that looks the same", key: "сookie", meant: "cookie" },
])("a known field with $name is an issue, not ignored", ({ key, meant }) => {
  const { issues } = findingsOf(definitionOf({ [key]: true }));
  expect(issues).toHaveLength(1);
  expect(issues[0]).toContain(`unknown field; did you mean "${meant}"?`);
});

test.for<{ name: string; json: Json; want: string }>([
  {
    name: "patterns beside api_metadata",
    json: { ...definitionOf(), api_pattern_enforcement: {} },
    want: "api_pattern_enforcement: unknown field here; it belongs in api_metadata",
  },
  {
    name: "methods outside of the patterns",
    json: definitionOf({ methods_allowed: ["GET"] }),
    want: "api_metadata.methods_allowed: unknown field here; it belongs in api_metadata.api_pattern_enforcement",
  },
  {
    name: "a definition without its frame",
    json: { ...definitionOf(), enable_blocking: true },
    want: "enable_blocking: unknown field here; it belongs in api_metadata",
  },
])("a known field in the wrong object is an issue: $name", ({ json, want }) => {
  expect(findingsOf(json).issues).toEqual([want]);
});

test.for<{ name: string; json: Json; path: string }>([
  {
    name: "a comment",
    json: definitionOf({ _comment: "sold out" }),
    path: "api_metadata._comment",
  },
  {
    name: "a field of another mode",
    json: definitionOf({ enable_mtls: true }),
    path: "api_metadata.enable_mtls",
  },
  { name: "at the top", json: { ...definitionOf(), version: 5 }, path: "version" },
  {
    name: "in a server",
    json: definitionOf({ servers: [{ host: "a", port: 1, weight: 2 }] }),
    path: "api_metadata.servers[0].weight",
  },
  {
    name: "a name with line break and escape sequence, made harmless",
    json: definitionOf({ "a\n\u001B[2J\u009B": 1 }),
    path: String.raw`api_metadata["a\n\u001b[2J\u009b"]`,
  },
  {
    name: "a huge name, cut",
    json: definitionOf({ ["k".repeat(1e5)]: 1 }),
    path: `api_metadata["${"k".repeat(64)}..."]`,
  },
])("any other unknown field is a warning: $name", ({ json, path }) => {
  expect(findingsOf(json)).toEqual({ issues: [], warnings: [`${path}: ${IGNORED}`] });
});

test("keys of the prototype are unknown fields and change nothing", () => {
  const json: unknown = JSON.parse(`{
    "__proto__": { "api_metadata": { "enable_blocking": false } },
    "constructor": { "prototype": { "polluted": true } },
    "api_metadata": {
      "__proto__": { "enable_blocking": false, "polluted": true },
      "url": "/shop", "hostname": "*", "servers": [{ "host": "a", "port": 1, "__proto__": {} }]
    }
  }`);
  const result = parseApiDefinition("shop", json);
  expect(result).toMatchObject({ ok: true, value: { enableBlocking: true } });
  expect(result).toHaveProperty("warnings.length", 4);
  expect({}).not.toHaveProperty("polluted");
});

test("an inherited definition is none", () => {
  const json: unknown = Object.create(definitionOf());
  expect(parseApiDefinition("shop", json)).toEqual({
    ok: false,
    issues: [{ path: "api_metadata", problem: "expected an object, got nothing" }],
  });
});
