import { bytesPerCall } from "@portcullis/testkit/hot-path";
import { describe, expect, test } from "vitest";

import { FoundValue } from "../../src/headers/lookup.ts";
import { findQueryParameter, isWellFormedQuery } from "../../src/target/query.ts";

describe("which raw queries are forwarded", () => {
  test.for([
    { name: "an empty one", raw: "", want: true },
    { name: "pairs", raw: "a=1&b=2", want: true },
    { name: "what browsers send raw", raw: "filter[x]={\"a\"|'b'}\\^`<>", want: true },
    { name: "a second question mark", raw: "a=b?c", want: true },
    { name: "a slash and dots", raw: "next=/a/../b", want: true },
    { name: "escapes of any byte", raw: "a=%00%0D%E9%ff", want: true },
    { name: "a fragment", raw: "a=1#b", want: false },
    { name: "a blank", raw: "a=1 b", want: false },
    { name: "a tab", raw: "a=\t", want: false },
    { name: "a line end", raw: "a=1\r\nX: y", want: false },
    { name: "a NUL", raw: "a=\0", want: false },
    { name: "a DEL", raw: "a=\u007f", want: false },
    { name: "a raw byte beyond ASCII", raw: "a=\u00e9", want: false },
    { name: "a broken escape", raw: "a=%zz", want: false },
    { name: "an escape cut off by a separator", raw: "a=%4&b=1", want: false },
    { name: "a percent sign at the end", raw: "a=100%", want: false },
  ])("$name", ({ raw, want }) => {
    expect(isWellFormedQuery(raw)).toBe(want);
  });
});

describe("the one parameter named key_1.4", () => {
  test.for([
    { name: "alone", query: "key_1.4=one", want: ["found", "one"] },
    { name: "among others", query: "a=b&key_1.4=one&c", want: ["found", "one"] },
    {
      name: "with an escape in its value",
      query: "key_1.4=denied%2Dkey",
      want: ["found", "denied-key"],
    },
    { name: "with a plus sign for a blank", query: "key_1.4=a+b%2Bc", want: ["found", "a b+c"] },
    { name: "in UTF-8", query: "key_1.4=%C3%A9", want: ["found", "\u00e9"] },
    { name: "decoded once", query: "key_1.4=%2541", want: ["found", "%41"] },
    { name: "with an escape in its name", query: "%6Bey_1%2e4=one", want: ["found", "one"] },
    { name: "with further equals signs", query: "key_1.4=a=b==", want: ["found", "a=b=="] },
    {
      name: "with a semicolon in its value",
      query: "key_1.4=a;key_1.4=b",
      want: ["found", "a;key_1.4=b"],
    },
    { name: "with an empty value", query: "key_1.4=", want: ["found", ""] },
    { name: "without a value", query: "key_1.4", want: ["found", ""] },
    { name: "behind empty parameters", query: "&&=&key_1.4=one&&", want: ["found", "one"] },
    { name: "missing", query: "a=b", want: ["absent", ""] },
    { name: "in an empty query", query: "", want: ["absent", ""] },
    { name: "in another case", query: "KEY_1.4=one", want: ["absent", ""] },
    { name: "with a longer name", query: "key_1.4x=one", want: ["absent", ""] },
    { name: "with a shorter name", query: "key_1.=one", want: ["absent", ""] },
    { name: "as a value", query: "a=key_1.4=one", want: ["absent", ""] },
    { name: "behind a semicolon", query: "a;key_1.4=one", want: ["absent", ""] },
    { name: "encoded twice", query: "%256Bey_1.4=one", want: ["absent", ""] },
    { name: "with an encoded equals sign", query: "key_1.4%3Done", want: ["absent", ""] },
    { name: "behind an encoded separator", query: "a=b%26key_1.4=one", want: ["absent", ""] },
    { name: "twice", query: "key_1.4=one&key_1.4=two", want: ["repeated", ""] },
    { name: "twice with one value", query: "key_1.4=one&key_1.4=one", want: ["repeated", ""] },
    { name: "twice in two spellings", query: "key_1.4=one&%6Bey_1.4=two", want: ["repeated", ""] },
    {
      name: "twice, the second without a value",
      query: "key_1.4=one&key_1.4",
      want: ["repeated", ""],
    },
    { name: "not in UTF-8", query: "key_1.4=%E9", want: ["malformed", ""] },
    { name: "overlong", query: "key_1.4=%C1%A1", want: ["malformed", ""] },
    { name: "with a broken escape", query: "key_1.4=%4", want: ["malformed", ""] },
    {
      name: "with a name in an overlong spelling",
      query: "%C1%ABey_1.4=one",
      want: ["malformed", ""],
    },
    {
      name: "beside a name that is not UTF-8",
      query: "key_1.4=one&%ff=1",
      want: ["malformed", ""],
    },
    {
      name: "whose value is an outcome's name",
      query: "key_1.4=absent",
      want: ["found", "absent"],
    },
  ])("$name: $want.0", ({ query, want }) => {
    const out = new FoundValue();
    out.value = "of the request before";
    expect([findQueryParameter(query, "key_1.4", out), out.value]).toEqual(want);
  });

  test("a query of a hundred thousand separators is read once", () => {
    const out = new FoundValue();
    expect(findQueryParameter("&".repeat(100_000), "key", out)).toBe("absent");
    expect(findQueryParameter("a&".repeat(50_000), "key", out)).toBe("absent");
  });

  test("a miss costs no allocation", () => {
    const out = new FoundValue();
    const query = "page=2&per_page=50&sort=updated";
    expect(bytesPerCall(() => findQueryParameter(query, "key", out))).toBeLessThan(4);
  });
});
