import {
  type Arbitrary,
  array,
  assert,
  constantFrom,
  property,
  record,
  string,
  uniqueArray,
} from "fast-check";
import { expect, test } from "vitest";

import { compileUrlTrie, type TrieEntry } from "../../src/routing/compile-url-trie.ts";
import { UrlTrie } from "../../src/routing/url-trie.ts";
import { referenceFind } from "./reference-matcher.ts";

const HOSTS = ["*", "a.example", "a.example.org", "b"];
const LITERALS = ["a", "b", "ab", "abc", "a.js", "aa"];
const TEMPLATES = [...LITERALS, "{x}", "{y}", "a{x}", "{x}b", "{x}.js", "a{x}c", "{x}a.js"];
const GIVEN = [...LITERALS, "", "c", "b.js", ".js", "aXc", "ba.js", "ac", "\u00e1"];

const entry: Arbitrary<Omit<TrieEntry, "value">> = record({
  host: constantFrom(...HOSTS),
  path: array(constantFrom(...TEMPLATES), { maxLength: 4 }).map(
    (segments) => `/${segments.join("/")}`,
  ),
  match: constantFrom("prefix", "exact"),
});

/** Leaves out what would be a conflict: parameters count by place, not by name. */
const entries = uniqueArray(entry, {
  maxLength: 12,
  selector: ({ host, path, match }) => `${host} ${path.replaceAll("{y}", "{x}")} ${match}`,
}).map((list) => list.map((item, value) => ({ ...item, value })));

const request = record({
  host: constantFrom(...HOSTS, "c", ""),
  path: array(constantFrom(...GIVEN), { maxLength: 5 }).map((segments) => `/${segments.join("/")}`),
});

test("finds what trying every entry finds", () => {
  assert(
    property(entries, array(request, { minLength: 8, maxLength: 8 }), (list, requests) => {
      const result = compileUrlTrie(list);
      if (!result.ok) throw new Error(JSON.stringify(result.issues));
      const trie = new UrlTrie(result.value);
      for (const { host, path } of requests) {
        expect(trie.find(host, path), `${host} ${path}`).toBe(referenceFind(list, host, path));
      }
    }),
    { numRuns: 1500 },
  );
});

test("any text at all gets an answer that the reference gives too", () => {
  assert(
    property(
      entries,
      string({ unit: "binary" }),
      string({ unit: "binary" }),
      (list, host, path) => {
        const result = compileUrlTrie(list);
        if (!result.ok) throw new Error(JSON.stringify(result.issues));
        const trie = new UrlTrie(result.value);
        expect(trie.find(host, path)).toBe(referenceFind(list, host, path));
        expect(trie.find("b", `/${path}`)).toBe(referenceFind(list, "b", `/${path}`));
      },
    ),
    { numRuns: 300 },
  );
});
