import { bytesPerCall } from "@portcullis/testkit/hot-path";
import { describe, expect, test } from "vitest";

import { matchesMediaType } from "../../src/headers/content-type.ts";

describe("is application/json", () => {
  test.for([
    "application/json",
    "Application/JSON",
    " application/json\t",
    "application/json; charset=utf-8",
    "Application/JSON;CHARSET=UTF-8",
    'application/json; charset="utf-8"',
    "application/json ; charset=utf8",
    "application/json;\tcharset=us-ascii",
    "application/json; charset=ISO-8859-1",
    "application/json;",
    "application/json;;",
    "application/json ; ; charset=utf-8 ;",
    'application/json; version=1; q="a;b, \\"c\\""',
    "application/json; boundary=x",
  ])("%s", (header) => {
    expect(matchesMediaType(header, "application/json")).toBe(true);
  });
});

describe("is not application/json", () => {
  test.for([
    { name: "nothing", header: "" },
    { name: "another type", header: "text/xml" },
    { name: "a longer subtype", header: "application/json5" },
    { name: "a shorter subtype", header: "application/jso" },
    { name: "a structured suffix", header: "application/json+x" },
    { name: "a wildcard", header: "application/*" },
    { name: "two values", header: "application/json, text/xml" },
    { name: "a trailing comma", header: "application/json," },
    { name: "a leading comma", header: ",application/json" },
    { name: "two values, the second in a parameter", header: "text/xml;application/json" },
    { name: "a blank inside", header: "application/ json" },
    { name: "a vertical tab after it", header: "application/json\u000b" },
    { name: "a no-break space after it", header: "application/json\u00a0" },
    { name: "a NUL after it", header: "application/json\0" },
    { name: "a sign that lower-cases into ASCII", header: "application/\u212ason" },
    { name: "a word after it", header: "application/json charset=utf-8" },
    { name: "a parameter without a value", header: "application/json; charset" },
    { name: "an empty value", header: "application/json; charset=" },
    { name: "a value without a name", header: "application/json; =utf-8" },
    { name: "a blank before the equals sign", header: "application/json; charset =utf-8" },
    { name: "a blank behind it", header: "application/json; charset= utf-8" },
    { name: "an open quote", header: 'application/json; charset="utf-8' },
    { name: "a quote that ends in an escape", header: 'application/json; a="\\' },
    { name: "a control character in quotes", header: 'application/json; a="\u0001"' },
    { name: "an escaped control character", header: 'application/json; a="\\\u0001"' },
    { name: "a word behind the quotes", header: 'application/json; a="b"c' },
    { name: "UTF-7", header: "application/json; charset=utf-7" },
    { name: "EBCDIC", header: "application/json; charset=ibm037" },
    { name: "UTF-16", header: "application/json; charset=utf-16le" },
    { name: "Shift JIS", header: "application/json; charset=shift_jis" },
    { name: "a charset spelt with an escape", header: 'application/json; charset="ut\\f-8"' },
    { name: "an empty charset in quotes", header: 'application/json; charset=""' },
    { name: "two charsets", header: "application/json; charset=utf-8; charset=utf-8" },
    { name: "two charsets in two cases", header: "application/json; charset=utf-8; Charset=utf-7" },
    { name: "two boundaries", header: "application/json; boundary=a; boundary=b" },
  ])("$name", ({ header }) => {
    expect(matchesMediaType(header, "application/json")).toBe(false);
  });
});

test("parameters cost no allocation", () => {
  const header = 'Application/JSON; charset="utf-8"; version=1';
  expect(bytesPerCall(() => matchesMediaType(header, "application/json"))).toBeLessThan(4);
});
