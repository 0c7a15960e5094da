import { bytesPerCall } from "@portcullis/testkit/hot-path";
import { describe, expect, test } from "vitest";

import { findCookie } from "../../src/headers/cookie.ts";
import { FoundValue } from "../../src/headers/lookup.ts";

describe("the one cookie named JSESSIONID", () => {
  test.for([
    { name: "alone", header: "JSESSIONID=one", want: ["found", "one"] },
    { name: "among others", header: "a=b; JSESSIONID=one; c=d", want: ["found", "one"] },
    { name: "without a blank before it", header: "a=b;JSESSIONID=one", want: ["found", "one"] },
    {
      name: "with blanks around everything",
      header: " \tJSESSIONID \t= one \t",
      want: ["found", "one"],
    },
    { name: "in quotes", header: 'JSESSIONID="one"', want: ["found", "one"] },
    { name: "with an empty value", header: "JSESSIONID=", want: ["found", ""] },
    { name: "with an empty value in quotes", header: 'JSESSIONID=""', want: ["found", ""] },
    { name: "without a value", header: "JSESSIONID", want: ["found", ""] },
    {
      name: "with equals signs in its value",
      header: "JSESSIONID=a=b==",
      want: ["found", "a=b=="],
    },
    { name: "with a comma in its value", header: "JSESSIONID=a, b=c", want: ["found", "a, b=c"] },
    {
      name: "with an escape, which cookies do not have",
      header: "JSESSIONID=%6fne",
      want: ["found", "%6fne"],
    },
    { name: "beside a quoted value", header: 'a="b"; JSESSIONID=one', want: ["found", "one"] },
    {
      name: "beside a name beyond ASCII",
      header: "\u00e6\u0098\u00a5=b; JSESSIONID=one",
      want: ["found", "one"],
    },
    {
      name: "before an open quote that hides nothing",
      header: 'JSESSIONID=one; a="b',
      want: ["found", "one"],
    },
    { name: "missing", header: "a=b", want: ["absent", ""] },
    { name: "in another case", header: "jsessionid=one", want: ["absent", ""] },
    { name: "as a value", header: "a=JSESSIONID", want: ["absent", ""] },
    {
      name: "with a longer name",
      header: "XJSESSIONID=one; JSESSIONIDX=two",
      want: ["absent", ""],
    },
    { name: "twice", header: "JSESSIONID=one; JSESSIONID=two", want: ["repeated", ""] },
    {
      name: "twice with one value",
      header: "JSESSIONID=one; JSESSIONID=one",
      want: ["repeated", ""],
    },
    {
      name: "twice, once in quotes",
      header: 'JSESSIONID="one"; JSESSIONID=one',
      want: ["repeated", ""],
    },
    {
      name: "twice, once without a value",
      header: "JSESSIONID; JSESSIONID=one",
      want: ["repeated", ""],
    },
    { name: "with a separator in quotes", header: 'JSESSIONID="a;b"', want: ["malformed", ""] },
    {
      name: "inside another's quotes",
      header: 'a="b; JSESSIONID=one; c=d"',
      want: ["malformed", ""],
    },
    { name: "with a quote that stays open", header: 'JSESSIONID="one', want: ["malformed", ""] },
    { name: "with a quote alone", header: 'JSESSIONID="', want: ["malformed", ""] },
    { name: "with a quote inside the quotes", header: 'JSESSIONID="a"b"', want: ["malformed", ""] },
    {
      name: "with an escape that old parsers decode",
      header: 'JSESSIONID="\\157ne"',
      want: ["malformed", ""],
    },
    { name: "behind $Version", header: "$Version=1; JSESSIONID=one", want: ["malformed", ""] },
    { name: "behind a no-break space", header: "\u00a0JSESSIONID=one", want: ["malformed", ""] },
    {
      name: "behind U+2000 in UTF-8",
      header: "a=b; \u00e2\u0080\u0080JSESSIONID=one",
      want: ["malformed", ""],
    },
    {
      name: "before a no-break space, beside itself",
      header: "JSESSIONID=one; JSESSIONID\u00a0=two",
      want: ["malformed", ""],
    },
  ])("$name: $want.0", ({ header, want }) => {
    const out = new FoundValue();
    out.value = "of the request before";
    expect([findCookie(header, "JSESSIONID", out), out.value]).toEqual(want);
  });
});

const HEADER = "theme=dark; _ga=GA1.2.1234567890.1234567890; lang=en-GB; consent=yes";

test("a miss costs no allocation", () => {
  const out = new FoundValue();
  expect(bytesPerCall(() => findCookie(HEADER, "JSESSIONID", out))).toBeLessThan(4);
});

test("a hit costs its value and no more", () => {
  const out = new FoundValue();
  const header = `${HEADER}; JSESSIONID=0123456789abcdef0123456789abcdef`;
  expect(bytesPerCall(() => findCookie(header, "JSESSIONID", out))).toBeLessThan(36);
});
