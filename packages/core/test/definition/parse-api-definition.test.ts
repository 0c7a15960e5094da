import {
  anything,
  assert,
  constantFrom,
  ipV6,
  oneof,
  property,
  string,
  webPath,
  webUrl,
} from "fast-check";
import { describe, expect, test } from "vitest";

import { parseApiDefinition } from "../../src/definition/parse-api-definition.ts";
import { SECTIONS } from "../../src/definition/sections.ts";
import { definitionOf, definitionWith } from "./definition-of.ts";

const LEAVES = SECTIONS.flatMap(({ path, fields }) =>
  Object.keys(fields).map((key) => `${path}.${key}`),
);

describe("parseApiDefinition", () => {
  test.for(LEAVES)("%s is read, and refused if it is an object", (path) => {
    expect(parseApiDefinition("shop", definitionWith(path, { a: 1 }))).toMatchObject({
      ok: false,
      issues: [{ path: path.replace("[]", "[0]") }],
    });
  });

  test("reports everything at once, each at its place", () => {
    const result = parseApiDefinition("all", {
      api_metadata: {
        protocol: "gopher",
        url: "/a/../b",
        enable_bloking: true,
        is_token_mandatory: "yes",
        jwt: { location: "x", username: 1 },
        api_pattern_enforcement: { methods_allowed: ["get", "POST", "TRACE"], error_code: 99 },
        servers: [{ port: 0 }, 7],
        decoy_config: { decoy_enabled: true, decoy_subpaths: ["/b/*", 3] },
      },
    });
    expect(result.ok ? [] : result.issues.map(({ path }) => path).toSorted()).toEqual([
      "",
      "api_metadata.api_pattern_enforcement.error_code",
      "api_metadata.api_pattern_enforcement.methods_allowed[0]",
      "api_metadata.api_pattern_enforcement.methods_allowed[2]",
      "api_metadata.decoy_config.decoy_subpaths[0]",
      "api_metadata.decoy_config.decoy_subpaths[1]",
      "api_metadata.enable_bloking",
      "api_metadata.hostname",
      "api_metadata.is_token_mandatory",
      "api_metadata.jwt.location",
      "api_metadata.jwt.username",
      "api_metadata.protocol",
      "api_metadata.servers[0].host",
      "api_metadata.servers[0].port",
      "api_metadata.servers[1]",
      "api_metadata.url",
    ]);
  });

  test.for<{ name: string; given: unknown; path: string; got: string }>([
    { name: "nothing", given: undefined, path: "", got: "nothing" },
    { name: "null", given: null, path: "", got: "null" },
    { name: "a number", given: 7, path: "", got: "a number" },
    { name: "the text instead of its value", given: "{}", path: "", got: "a string" },
    { name: "a list of definitions", given: [definitionOf()], path: "", got: "an array" },
    { name: "an empty object", given: {}, path: "api_metadata", got: "nothing" },
    {
      name: "api_metadata as null",
      given: { api_metadata: null },
      path: "api_metadata",
      got: "null",
    },
    {
      name: "api_metadata as a list",
      given: { api_metadata: [] },
      path: "api_metadata",
      got: "an empty array",
    },
  ])("$name gives one issue, not one for each field that is missing", ({ given, path, got }) => {
    expect(parseApiDefinition("shop", given)).toEqual({
      ok: false,
      issues: [{ path, problem: `expected an object, got ${got}` }],
    });
  });

  test("never throws, whatever it is given", () => {
    assert(
      property(string(), anything(), (id, json) => {
        expect(parseApiDefinition(id, json)).toHaveProperty("ok", false);
      }),
    );
  });

  test("never throws, whatever stands in a field", () => {
    const value = oneof(anything(), string(), webUrl(), ipV6(), webPath());
    assert(
      property(constantFrom(...LEAVES), value, (path, given) => {
        const result = parseApiDefinition("shop", definitionWith(path, given));
        expect(result.ok || result.issues.length > 0).toBe(true);
      }),
    );
  });

  test("depth and width that were made to hurt are only refused", () => {
    let deep: unknown = [];
    for (let level = 0; level < 100_000; level++) deep = [deep];
    const wide = Array.from({ length: 100_000 }, () => deep);
    for (const hostile of [deep, wide, "x".repeat(1e6)]) {
      const issues = LEAVES.map((path) =>
        parseApiDefinition("shop", definitionWith(path, hostile)),
      );
      expect(issues.filter(({ ok }) => ok)).toEqual([]);
    }
  });
});
