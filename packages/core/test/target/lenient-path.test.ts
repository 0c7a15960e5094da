import { array, check, constantFrom, property } from "fast-check";
import { describe, expect, test } from "vitest";

import { canonicalizePath, STRICT_PATH } from "../../src/target/canonical-path.ts";
import {
  canonicalizeLeniently,
  decodeSlashes,
  ENCODED_SLASHES,
  leniencesOf,
  MERGED_SLASHES,
} from "../../src/target/lenient-path.ts";

describe("a path that needs the leave of its API", () => {
  test.for([
    { raw: "/@scope%2fname", want: "/@scope%2Fname", leniences: ENCODED_SLASHES },
    { raw: "/repos/o/r/contents/a%2Fb", want: undefined, leniences: ENCODED_SLASHES },
    { raw: "/compare/main...feat%2Fy", want: undefined, leniences: ENCODED_SLASHES },
    { raw: "//shop///a", want: "/shop/a", leniences: MERGED_SLASHES },
    { raw: "/a%2Fb//", want: "/a%2Fb/", leniences: ENCODED_SLASHES | MERGED_SLASHES },
  ])("$raw", ({ raw, want, leniences }) => {
    const path = canonicalizeLeniently(raw) ?? "";
    expect(canonicalizePath(raw, STRICT_PATH)).toBeUndefined();
    expect(path).toBe(want ?? raw);
    expect(leniencesOf(raw, path)).toBe(leniences);
  });
});

describe("what no API may take", () => {
  test.for([
    "/a%5Cb",
    "/a%00b",
    "/a%0d%0ab",
    "/a%2F..%2Fb",
    "/a%2f%2e%2e",
    "/%2e%2e%2fa",
    "/..%2Fa",
    "/a//../b",
    "/a%2F.;x/b",
    "/a%EF%BC%8Fb",
    "/a%c0%afb",
    "/a%2",
    "/a\\b",
  ])("%s", (raw) => {
    expect(canonicalizeLeniently(raw)).toBeUndefined();
  });
});

test.for([
  { path: "/shop%2Fadmin", want: "/shop/admin" },
  { path: "/shop/%2Fadmin", want: "/shop/admin" },
  { path: "/shop%2F%2Fadmin%2F", want: "/shop/admin/" },
  { path: "/%2Fshop", want: "/shop" },
  { path: "/shop/%252Fadmin", want: "/shop/%252Fadmin" },
])("$path is $want to a server that decodes slashes and merges them", ({ path, want }) => {
  expect(decodeSlashes(path)).toBe(want);
});

const PIECES = ["/", "//", "%2f", "%2F", ".", "%2e", "a", ";", "%5C", "%252F", "%C3%A9"];
const raws = array(constantFrom(...PIECES), { maxLength: 8 }).map((list) => `/${list.join("")}`);

test("whatever the path: without a lenience it is the strict one, and with one there is none", () => {
  const holds = property(raws, (raw) => {
    const path = canonicalizeLeniently(raw);
    if (path === undefined) return canonicalizePath(raw, STRICT_PATH) === undefined;
    const strict = leniencesOf(raw, path) === 0 ? path : undefined;
    return canonicalizePath(raw, STRICT_PATH) === strict;
  });
  expect(check(holds, { numRuns: 3000 }).counterexample).toBeNull();
});
