import { describe, expect, test } from "vitest";

import { compileUrlTrie, type TrieEntry } from "../../src/routing/compile-url-trie.ts";

const entry: TrieEntry = { host: "*", path: "/shop", match: "prefix", value: 0 };

describe("an entry that could never match or means two things is an issue", () => {
  test.for([
    { name: "a path without a leading slash", given: { path: "shop" }, path: "[0].path" },
    { name: "an empty path", given: { path: "" }, path: "[0].path" },
    { name: "a prefix with a slash at its end", given: { path: "/shop/" }, path: "[0].path" },
    { name: "a doubled slash", given: { path: "/shop//cart" }, path: "[0].path" },
    { name: "a dot segment", given: { path: "/shop/../cart" }, path: "[0].path" },
    { name: "an escape that requests never keep", given: { path: "/%73hop" }, path: "[0].path" },
    { name: "a lower-case escape", given: { path: "/a%c3%a9" }, path: "[0].path" },
    { name: "letters beyond ASCII", given: { path: "/caf\u00e9" }, path: "[0].path" },
    { name: "an open brace", given: { path: "/shop/{id" }, path: "[0].path" },
    { name: "a closing brace alone", given: { path: "/shop/id}" }, path: "[0].path" },
    { name: "a parameter without a name", given: { path: "/shop/{}" }, path: "[0].path" },
    { name: "a parameter over two segments", given: { path: "/shop/{a/b}" }, path: "[0].path" },
    { name: "two parameters in a segment", given: { path: "/{a}...{b}" }, path: "[0].path" },
    { name: "two parameters side by side", given: { path: "/{a}{b}" }, path: "[0].path" },
    { name: "an upper-case host", given: { host: "API.example" }, path: "[0].host" },
    { name: "a host with a port", given: { host: "api.example:80" }, path: "[0].host" },
    { name: "an empty host", given: { host: "" }, path: "[0].host" },
    { name: "a negative value", given: { value: -1 }, path: "[0].value" },
    { name: "a value that is no integer", given: { value: 0.5 }, path: "[0].value" },
    { name: "a value past 31 bits", given: { value: 2 ** 31 }, path: "[0].value" },
  ])("$name", ({ given, path }) => {
    const result = compileUrlTrie([{ ...entry, ...given }]);
    expect(result.ok ? [] : result.issues.map((issue) => issue.path)).toEqual([path]);
  });
});

describe("conflicts", () => {
  test.for([
    { name: "the same entry twice", first: entry, second: { ...entry, value: 1 } },
    {
      name: "templates that differ in parameter names only",
      first: { ...entry, path: "/users/{id}" },
      second: { ...entry, path: "/users/{name}", value: 1 },
    },
  ])("$name", ({ first, second }) => {
    const result = compileUrlTrie([first, second]);
    expect(result.ok ? [] : result.issues).toEqual([
      { path: "[1].path", problem: expect.stringContaining("is taken by [0]") },
    ]);
  });

  test.for([
    { name: "another host", second: { host: "api.example" } },
    { name: "another match", second: { match: "exact" as const } },
    { name: "another case", second: { path: "/Shop" } },
  ])("$name is none", ({ second }) => {
    expect(compileUrlTrie([entry, { ...entry, ...second, value: 1 }]).ok).toBe(true);
  });

  test("every issue of every entry comes at once", () => {
    const bad = { host: "", path: "", match: "prefix", value: -1 } as const;
    const result = compileUrlTrie([bad, entry, bad]);
    expect(result.ok ? 0 : result.issues.length).toBe(6);
  });
});
