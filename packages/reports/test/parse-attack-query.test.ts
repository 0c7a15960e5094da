import { describe, expect, test } from "vitest";

import { parseAttackQuery } from "../src/parse-attack-query.ts";

const DAY = "later_date=2018-07-16&earlier_date=2018-07-16";
const BOUNDS = { earlier: Date.UTC(2018, 6, 16), later: Date.UTC(2018, 6, 17) - 1 };

describe("parseAttackQuery", () => {
  test.for([
    {
      name: "the documented URL",
      query: `${DAY}&api=atmapp&type=101`,
      want: { type: 101, api: "atmapp", ...BOUNDS },
    },
    {
      name: "api_name in place of api",
      query: `${DAY}&api_name=atmapp&type=100`,
      want: { type: 100, api: "atmapp", ...BOUNDS },
    },
    {
      name: "neither an API nor a type",
      query: DAY,
      want: { type: 0, api: undefined, ...BOUNDS },
    },
    {
      name: "an API whose id is a property of every object",
      query: `${DAY}&api=__proto__&type=0`,
      want: { type: 0, api: "__proto__", ...BOUNDS },
    },
    {
      name: "the same minute twice",
      query: "later_date=2018-07-16T10:00&earlier_date=2018-07-16T10:00",
      want: {
        type: 0,
        api: undefined,
        earlier: Date.UTC(2018, 6, 16, 10),
        later: Date.UTC(2018, 6, 16, 10),
      },
    },
  ])("takes $name", ({ query, want }) => {
    expect(parseAttackQuery(new URLSearchParams(query))).toEqual({
      ok: true,
      value: want,
      warnings: [],
    });
  });

  test.for([
    { name: "nothing at all", query: "", paths: ["earlier_date", "later_date"] },
    { name: "no later date", query: "earlier_date=2018-07-16", paths: ["later_date"] },
    {
      name: "a day that is not",
      query: "earlier_date=2018-02-30&later_date=2018-03-01",
      paths: ["earlier_date"],
    },
    {
      name: "the bounds the wrong way round",
      query: "earlier_date=2018-07-17&later_date=2018-07-16",
      paths: ["earlier_date"],
    },
    { name: "a repeated date", query: `${DAY}&later_date=2019-01-01`, paths: ["later_date"] },
    { name: "a repeated API", query: `${DAY}&api=a&api=a&api=b`, paths: ["api"] },
    { name: "the API by both names", query: `${DAY}&api=a&api_name=a`, paths: ["api_name"] },
    { name: "an API without a name", query: `${DAY}&api=`, paths: ["api"] },
    { name: "a misspelt parameter", query: `${DAY}&apis=a`, paths: [""] },
    { name: "a prototype's parameter", query: `${DAY}&__proto__=a&constructor=b`, paths: [""] },
    {
      name: "everything wrong",
      query: "type=1&api=&x=1",
      paths: ["", "earlier_date", "later_date", "type", "api"],
    },
    ...["", "1", "102", "101.0", "1e2", "0x65", " 101", "-0", "00"].map((type) => ({
      name: `type ${JSON.stringify(type)}`,
      query: `${DAY}&type=${type}`,
      paths: ["type"],
    })),
  ])("refuses $name", ({ query, paths }) => {
    const parsed = parseAttackQuery(new URLSearchParams(query));
    expect(parsed.ok ? [] : parsed.issues.map((issue) => issue.path)).toEqual(paths);
  });

  test("does not repeat what was given, for it may be a secret", () => {
    const parsed = parseAttackQuery([
      ["later_date", "s3cret"],
      ["s3cret", "s3cret"],
      ["type", "s3cret"],
    ]);
    expect(parsed.ok).toBe(false);
    expect(JSON.stringify(parsed)).not.toContain("s3cret");
  });
});
