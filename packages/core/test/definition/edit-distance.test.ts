import { assert, property, string } from "fast-check";
import { expect, test } from "vitest";

import { editDistance } from "../../src/definition/edit-distance.ts";

test.for([
  { from: "", to: "", want: 0 },
  { from: "", to: "url", want: 3 },
  { from: "cookie", to: "cookie", want: 0 },
  { from: "cokie", to: "cookie", want: 1 },
  { from: "uri", to: "url", want: 1 },
  { from: "prot", to: "port", want: 2 },
  { from: "kitten", to: "sitting", want: 3 },
])('from "$from" to "$to" it is $want', ({ from, to, want }) => {
  expect(editDistance(from, to)).toBe(want);
});

test("is the same both ways, and 0 only for equal texts", () => {
  assert(
    property(string(), string(), (from, to) => {
      expect(editDistance(from, to)).toBe(editDistance(to, from));
      expect(editDistance(from, to) === 0).toBe(from === to);
    }),
  );
});
