import { bytesPerCall } from "@portcullis/testkit/hot-path";
import { array, check, constantFrom, property } from "fast-check";
import { describe, expect, test } from "vitest";

import {
  canonicalizePath,
  type PathOptions,
  STRICT_PATH,
} from "../../src/target/canonical-path.ts";

const MERGE: PathOptions = { mergeSlashes: true, keepEncodedSlashes: false };
const KEEP: PathOptions = { mergeSlashes: false, keepEncodedSlashes: true };
const BOTH: PathOptions = { mergeSlashes: true, keepEncodedSlashes: true };

describe("a path that is canonical stays as it is", () => {
  test.for([
    "/",
    "/shop/a",
    "/shop/",
    "/a-b.c_d~e",
    "/!$&'()*+,=:@",
    "/shop;v=1/a",
    "/caf%C3%A9",
    "/a%20b",
    "/%25zz",
    "/%252e%252e/shop/a",
    "/...",
    "/..a/.b/c..",
    "/.well-known/x",
    "/%F0%9F%98%80",
    "/%EF%BC%8Ea",
  ])("%s", (path) => {
    expect(canonicalizePath(path, STRICT_PATH)).toBe(path);
  });
});

describe("two spellings of one path become one", () => {
  test.for([
    { name: "encoded unreserved letters", raw: "/%73hop/a", want: "/shop/a" },
    { name: "every kind of unreserved character", raw: "/%41%7a%30%2D%5f%7E", want: "/Az0-_~" },
    { name: "lower-case digits of an escape", raw: "/caf%c3%a9", want: "/caf%C3%A9" },
    { name: "an encoded full stop inside a segment", raw: "/a%2ejson", want: "/a.json" },
    { name: "an encoded tilde behind a plain path", raw: "/shop/%7euser/x", want: "/shop/~user/x" },
    { name: "brackets that browsers send raw", raw: "/[id]|^", want: "/%5Bid%5D%7C%5E" },
    { name: "one decoding only", raw: "/%2561", want: "/%2561" },
    { name: "an escape made by decoding stays an escape of %", raw: "/%25%34%31", want: "/%2541" },
    { name: "an encoded delimiter stays apart from a raw one", raw: "/a%3bb;c", want: "/a%3Bb;c" },
  ])("$name", ({ raw, want }) => {
    expect(canonicalizePath(raw, STRICT_PATH)).toBe(want);
  });
});

describe("what can be read in two ways is refused", () => {
  test.for([
    { name: "the empty path", raw: "" },
    { name: "no leading slash", raw: "shop" },
    { name: "absolute form", raw: "http://evil.example.com/shop/a" },
    { name: "asterisk form", raw: "*" },
    { name: "a fragment", raw: "/shop/a#b" },
    { name: "a query", raw: "/shop/a?b" },
    { name: "a raw byte beyond ASCII", raw: "/shop/\u00e9" },
    { name: "a raw character beyond latin1", raw: "/shop\uff0fa" },
    { name: "a raw control character", raw: "/shop/\u0001a" },
    { name: "a raw DEL", raw: "/shop/\u007f" },
    { name: "a blank", raw: "/shop/ a" },
    { name: "a backslash", raw: "/shop\\..\\admin" },
    { name: "a quote", raw: '/"shop"' },
    { name: "angle brackets", raw: "/<shop>" },
    { name: "braces", raw: "/{shop}" },
    { name: "a backtick", raw: "/`shop`" },
    { name: "dot segments", raw: "/public/../shop/a" },
    { name: "a dot segment at the end", raw: "/public/.." },
    { name: "one dot at the end", raw: "/admin/." },
    { name: "one dot in the middle", raw: "/a/./b" },
    { name: "encoded dot segments", raw: "/public/%2e%2e/shop/a" },
    { name: "half-encoded dot segments", raw: "/public/.%2E/shop/a" },
    { name: "the other half", raw: "/public/%2E./shop/a" },
    { name: "one encoded dot", raw: "/public/%2e/shop" },
    { name: "dot segments with a path parameter", raw: "/public/..;/shop" },
    { name: "dot segments with a named path parameter", raw: "/public/..;x=1/shop" },
    { name: "one dot with a path parameter", raw: "/public/.;x/shop" },
    { name: "encoded dots with a path parameter", raw: "/public/%2e%2e;x/shop" },
    { name: "dots with an encoded path parameter", raw: "/public/..%3bx/shop" },
    { name: "full-width dot segments", raw: "/public/%ef%bc%8e%ef%bc%8e/shop" },
    { name: "one full stop of either width", raw: "/public/.%EF%BC%8E/shop" },
    { name: "one-dot leaders", raw: "/public/%E2%80%A4%E2%80%A4" },
    { name: "an encoded slash", raw: "/public%2fshop" },
    { name: "an encoded backslash", raw: "/public%5c..%5cshop" },
    { name: "a full-width slash", raw: "/public%EF%BC%8Fshop" },
    { name: "a full-width backslash", raw: "/public%EF%BC%BCshop" },
    { name: "a small backslash", raw: "/public%ef%b9%a8shop" },
    { name: "an encoded NUL", raw: "/shop/a%00.json" },
    { name: "an encoded line end", raw: "/shop/%0d%0aX-A:%20b" },
    { name: "an encoded tab", raw: "/shop/%09" },
    { name: "an encoded DEL", raw: "/shop/%7f" },
    { name: "an escape of no digits", raw: "/shop/%zz" },
    { name: "an escape of one digit", raw: "/shop/%4g" },
    { name: "an escape cut off", raw: "/shop/%4" },
    { name: "a percent sign at the end", raw: "/shop/%" },
    { name: "an escape inside an escape", raw: "/%%36%36" },
    { name: "a slash in two overlong bytes", raw: "/%C0%AF" },
    { name: "a slash in three overlong bytes", raw: "/%E0%80%AF" },
    { name: "a slash in four overlong bytes", raw: "/%F0%80%80%AF" },
    { name: "a surrogate", raw: "/%ED%A0%80" },
    { name: "a code point past the last", raw: "/%F4%90%80%80" },
    { name: "a continuation byte alone", raw: "/%80" },
    { name: "a latin1 letter", raw: "/caf%E9" },
    { name: "a sequence cut off by a letter", raw: "/%C3a" },
    { name: "a sequence cut off by the end", raw: "/%E2%82" },
    { name: "a sequence cut off by a slash", raw: "/%C3/%A9" },
    { name: "a byte that no UTF-8 has", raw: "/%FF" },
    { name: "a doubled slash at the start", raw: "//shop/a" },
    { name: "a doubled slash in the middle", raw: "/shop//a" },
    { name: "a doubled slash at the end", raw: "/shop//" },
  ])("$name", ({ raw }) => {
    expect(canonicalizePath(raw, STRICT_PATH)).toBeUndefined();
  });
});

describe("what one API may let through", () => {
  test.for([
    { name: "merged slashes", raw: "//shop///a//", options: MERGE, want: "/shop/a/" },
    {
      name: "merged slashes show no dot segment",
      raw: "/shop//../a",
      options: MERGE,
      want: undefined,
    },
    { name: "a dot between merged slashes", raw: "//.//a", options: MERGE, want: undefined },
    { name: "merging keeps no encoded slash", raw: "/a%2Fb", options: MERGE, want: undefined },
    { name: "an encoded slash as data", raw: "/a%2fb", options: KEEP, want: "/a%2Fb" },
    { name: "keeping merges no slashes", raw: "/a%2Fb//c", options: KEEP, want: undefined },
    {
      name: "dot segments behind an encoded slash",
      raw: "/a%2F..%2Fb",
      options: KEEP,
      want: undefined,
    },
    {
      name: "encoded dots behind an encoded slash",
      raw: "/a%2f%2e%2e",
      options: KEEP,
      want: undefined,
    },
    {
      name: "dot segments before an encoded slash",
      raw: "/..%2Fb",
      options: KEEP,
      want: undefined,
    },
    { name: "an encoded backslash all the same", raw: "/a%5Cb", options: BOTH, want: undefined },
    {
      name: "a full-width slash all the same",
      raw: "/a%EF%BC%8Fb",
      options: BOTH,
      want: undefined,
    },
    { name: "both", raw: "//a%2fb//c", options: BOTH, want: "/a%2Fb/c" },
  ])("$name", ({ raw, options, want }) => {
    expect(canonicalizePath(raw, options)).toBe(want);
  });
});

const PIECES = [
  "/",
  "//",
  ".",
  "..",
  "%2e",
  "%2F",
  "%5C",
  "a",
  "%61",
  ";",
  "%3b",
  "%25",
  "[",
  "%C3%A9",
  "%c3",
  "%",
  "\\",
  "%EF%BC%8E",
  "%EF%BC%8F",
];
const raws = array(constantFrom(...PIECES), { maxLength: 8 }).map((list) => `/${list.join("")}`);

const anyOptions = constantFrom(STRICT_PATH, MERGE, KEEP, BOTH);

describe("whatever the path", () => {
  test("options turn refusals into results and never change a result", () => {
    const holds = property(raws, anyOptions, (raw, fewer) => {
      const path = canonicalizePath(raw, fewer);
      return path === undefined || canonicalizePath(raw, BOTH) === path;
    });
    expect(check(holds, { numRuns: 2000 }).counterexample).toBeNull();
  });

  test("a canonical path canonicalizes to itself", () => {
    const holds = property(raws, anyOptions, (raw, options) => {
      const path = canonicalizePath(raw, options);
      return path === undefined || canonicalizePath(path, options) === path;
    });
    expect(check(holds, { numRuns: 2000 }).counterexample).toBeNull();
  });

  test("decoding and folding a strict path shows no separator, dot segment or empty segment", () => {
    const holds = property(raws, (raw) => {
      const path = canonicalizePath(raw, STRICT_PATH);
      return path === undefined || isPlain(path);
    });
    expect(check(holds, { numRuns: 5000 }).counterexample).toBeNull();
  });
});

function isPlain(path: string): boolean {
  const folded = decodeURIComponent(path).normalize("NFKC");
  const segments = folded.split("/").map((segment) => segment.split(";")[0] ?? "");
  const isWhole = segments.length === path.split("/").length && !folded.includes("\\");
  return isWhole && !folded.includes("//") && !segments.includes("..") && !segments.includes(".");
}

test("a path that is canonical costs no allocation", () => {
  const path = "/repos/octo-org/hello.world/pulls/1347/comments";
  expect(bytesPerCall(() => canonicalizePath(path, STRICT_PATH))).toBeLessThan(4);
});
