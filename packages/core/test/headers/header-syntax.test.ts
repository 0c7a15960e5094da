import { describe, expect, test } from "vitest";

import {
  hasUnderscore,
  isContentLength,
  isFieldValue,
  isToken,
} from "../../src/headers/header-syntax.ts";

describe("a header name is a token", () => {
  test.for([
    { name: "letters and a hyphen", text: "X-Request-Id", want: true },
    { name: "every mark", text: "!#$%&'*+-.^_`|~09azAZ", want: true },
    { name: "an empty name", text: "", want: false },
    { name: "a blank before the colon", text: "X-A ", want: false },
    { name: "a tab", text: "X-A\t", want: false },
    { name: "a colon", text: "X:A", want: false },
    { name: "a line end", text: "X-A\r\nX-B", want: false },
    { name: "a NUL", text: "X\0", want: false },
    { name: "delimiters", text: "X(A)", want: false },
    { name: "quotes", text: '"X"', want: false },
    { name: "braces", text: "{X}", want: false },
    { name: "a slash", text: "X/A", want: false },
    { name: "a byte beyond ASCII", text: "X-\u00e9", want: false },
    { name: "a sign that lower-cases into ASCII", text: "\u212a", want: false },
  ])("$name: $want", ({ text, want }) => {
    expect(isToken(text)).toBe(want);
  });

  test("an underscore is a token's, and told apart", () => {
    expect(isToken("X_User")).toBe(true);
    expect(hasUnderscore("X_User")).toBe(true);
    expect(hasUnderscore("X-User")).toBe(false);
  });
});

test.for([
  { name: "text", value: "a b, c", want: true },
  { name: "nothing", value: "", want: true },
  { name: "a tab", value: "a\tb", want: true },
  { name: "a latin1 byte", value: "caf\u00e9", want: true },
  { name: "a NUL", value: "a\0b", want: false },
  { name: "a carriage return", value: "a\rX-B: b", want: false },
  { name: "a line feed", value: "a\nb", want: false },
  { name: "a DEL", value: "a\u007f", want: false },
  { name: "what is no byte", value: "\u010a", want: false },
])("a field value of $name: $want", ({ value, want }) => {
  expect(isFieldValue(value)).toBe(want);
});

test.for([
  { name: "zero", text: "0", want: true },
  { name: "a number", text: "1234567890", want: true },
  { name: "the largest safe integer", text: "9007199254740991", want: true },
  { name: "one more", text: "9007199254740992", want: false },
  { name: "one that overflows", text: "99999999999999999999", want: false },
  { name: "nothing", text: "", want: false },
  { name: "a plus sign", text: "+5", want: false },
  { name: "a minus sign", text: "-5", want: false },
  { name: "a list", text: "5, 5", want: false },
  { name: "a list without a blank", text: "5,5", want: false },
  { name: "hexadecimal digits", text: "0x5", want: false },
  { name: "an exponent", text: "5e1", want: false },
  { name: "a fraction", text: "5.0", want: false },
  { name: "an underscore", text: "5_0", want: false },
  { name: "a leading zero, octal to some", text: "010", want: false },
  { name: "quotes", text: '"5"', want: false },
  { name: "a blank after it", text: "5 ", want: false },
  { name: "digits of another script", text: "\u0665", want: false },
])("a content length of $name: $want", ({ text, want }) => {
  expect(isContentLength(text)).toBe(want);
});
