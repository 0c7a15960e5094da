import { describe, expect, test } from "vitest";

import { parseApiDefinition } from "../../src/definition/parse-api-definition.ts";
import { definitionOf, definitionWith, type Json } from "./definition-of.ts";
import { OPTIONAL_PATHS, REFUSED, type Rows } from "./refused-values.ts";

function toRow([value, got]: Rows[number]): { value: unknown; got: string; shown: string } {
  return { value, got, shown: (JSON.stringify(value) ?? "").slice(0, 40) };
}

const ROWS = Object.entries(REFUSED).flatMap(([at, rows]) =>
  rows.map((row) => ({ at, ...toRow(row) })),
);

function problemsIn(json: Json): readonly string[] {
  const result = parseApiDefinition("shop", json);
  return result.ok ? [] : result.issues.map(({ path, problem }) => `${path}: ${problem}`);
}

describe("refused", () => {
  test.for(ROWS)("$at with $shown", ({ at, value, got }) => {
    const path = `api_metadata.${at}`;
    const problems = problemsIn(definitionWith(path, value));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/: expected .+, got .+/);
    expect(problems[0]).toContain(`${path.replace("[]", "[0]")}: `);
    expect(problems[0]?.split(", got ").at(-1)).toContain(got);
  });

  test.for([
    { name: "a method in lower case", method: "post", got: "a method in lower case" },
    { name: "CONNECT", method: "CONNECT", got: "CONNECT, which is refused" },
    { name: "TRACE", method: "TRACE", got: "TRACE, which is refused" },
    { name: "several methods in one string", method: "GET,POST", got: '"GET,POST"' },
    { name: "a wildcard for methods", method: "*", got: '"*"' },
    { name: "a number for a method", method: 1, got: "a number" },
  ])("$name, at its place in the list", ({ method, got }) => {
    const path = "api_metadata.api_pattern_enforcement.methods_allowed";
    const problems = problemsIn(definitionWith(path, ["GET", method]));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`${path}[1]: expected one of GET, `);
    expect(problems[0]).toContain(`, got ${got}`);
  });

  test.for(OPTIONAL_PATHS.map(toRow))("a decoy at $shown", ({ value, got }) => {
    const path = "api_metadata.decoy_config.decoy_subpaths";
    const problems = problemsIn(definitionWith(path, ["/shop/a", value]));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`${path}[1]: `);
    expect(problems[0]).toContain(got);
  });

  test.for([
    "Host",
    "content-length",
    "Transfer-Encoding",
    "connection",
    "keep-alive",
    "te",
    "trailer",
    "upgrade",
    "cookie",
    "Authorization",
    "proxy-authorization",
    "content-type",
    "expect",
    "x-forwarded-for",
    "x-original-url",
    "sec-websocket-key",
  ])("the header %s for an identifier", (name) => {
    const jwt = { location: `h:${name}`, username: "sub", clientid: "cid" };
    for (const given of [{ apikey_header: name }, { username_header: name }, { jwt }]) {
      expect(problemsIn(definitionOf(given))).toHaveLength(1);
    }
  });

  test.for<{ name: string; given: Json }>([
    { name: "an API key for a header name", given: { apikey_header: "hunter2 hunter2" } },
    { name: "a token for a cookie name", given: { cookie: "id=hunter2" } },
    { name: "a key for a parameter", given: { apikey_qs: "key=hunter2" } },
    { name: "a password at a server", given: { servers: [{ host: "u:hunter2@a", port: 1 }] } },
    { name: "a password in a host", given: { hostname: "u:hunter2@a.example" } },
    { name: "a secret in a path", given: { url: "/hooks/hunter2/*" } },
    { name: "a token for a switch", given: { enable_blocking: "Bearer hunter2-hunter2" } },
    { name: "a secret in a location", given: { jwt: { location: "hunter2" } } },
    {
      name: "a password in a redirect, and a secret in a list for a body",
      given: {
        api_pattern_enforcement: {
          http_redirect: { https_url: "https://u:hunter2@a/" },
          error_message_body: ["hunter2"],
        },
      },
    },
  ])("$name, without showing it", ({ given }) => {
    const problems = problemsIn(definitionOf(given)).join("\n");
    expect(problems).not.toBe("");
    expect(problems).not.toContain("hunter2");
  });
});
