import { expect, test } from "vitest";

import { parseApiId } from "../../src/definition/api-id.ts";

test.for(["shop", "7", "Shop API v1", "a-b_c", "a".repeat(160), "callback", "small", "all-in-one"])(
  "%s is an id",
  (id) => {
    expect(parseApiId(id)).toEqual({ ok: true, value: id, warnings: [] });
  },
);

test.for([
  { name: "nothing", id: "", got: "an empty id" },
  { name: "161 characters", id: "a".repeat(161), got: "161 characters" },
  { name: "a blank first", id: " shop", got: "another first character" },
  {
    name: "a hyphen first, which a command line takes for an option",
    id: "-p",
    got: "another first",
  },
  { name: "an underscore first", id: "_shop", got: "another first character" },
  { name: "a path", id: "a/../../etc", got: "other characters" },
  { name: "an ending", id: "shop.json", got: "other characters" },
  { name: "a line break", id: "shop\n", got: "other characters" },
  { name: "a letter beyond ASCII", id: "café", got: "other characters" },
  { name: "model", id: "model", got: 'the reserved word "model"' },
  { name: "threshold", id: "threshold", got: "the reserved word" },
  { name: "all", id: "all", got: "the reserved word" },
  { name: "decoyall", id: "decoyall", got: "the reserved word" },
  { name: "a reserved word in another case", id: "All", got: 'the reserved word "All"' },
])("$name is no id", ({ id, got }) => {
  const result = parseApiId(id);
  expect(result.ok).toBe(false);
  expect(result.ok ? "" : result.issues[0]?.problem).toContain(`, got ${got}`);
});
