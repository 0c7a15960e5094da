import { bytesPerCall } from "@portcullis/testkit/hot-path";
import { describe, expect, test } from "vitest";

import { Credentials, parseAuthorization, TOKEN_SCHEMES } from "../../src/headers/authorization.ts";

const MAC_TAIL = 'ts="1336363200", nonce="dj83hs9s", mac="bhCQXTVyfj5cmA9uKkPFx1zeOXM="';

describe("scheme and token of an Authorization value", () => {
  test.for([
    { name: "a bearer token", value: "Bearer one", want: ["found", "bearer", "one"] },
    { name: "a scheme in lower case", value: "bearer one", want: ["found", "bearer", "one"] },
    { name: "a scheme in mixed case", value: "bEaReR one", want: ["found", "bearer", "one"] },
    { name: "two spaces", value: "Bearer  one", want: ["found", "bearer", "one"] },
    { name: "blanks around", value: " Bearer one \t", want: ["found", "bearer", "one"] },
    {
      name: "padding",
      value: "Bearer a.b-c_d~e+f/g==",
      want: ["found", "bearer", "a.b-c_d~e+f/g=="],
    },
    { name: "an id before a bar", value: "Bearer 1|abcdef", want: ["found", "bearer", "1|abcdef"] },
    {
      name: "a MAC id",
      value: `MAC id="h480djs93hd8", ${MAC_TAIL}`,
      want: ["found", "mac", "h480djs93hd8"],
    },
    { name: "a MAC id at the end", value: `mac ${MAC_TAIL},ID="x"`, want: ["found", "mac", "x"] },
    { name: "a MAC id without quotes", value: "MAC id=abc, ts=1", want: ["found", "mac", "abc"] },
    {
      name: "a bare MAC token",
      value: "MAC eyJhbGciOiJIUzI1NiJ9.e30.x",
      want: ["found", "mac", "eyJhbGciOiJIUzI1NiJ9.e30.x"],
    },
    {
      name: "a bare MAC token with padding",
      value: "MAC abcd==",
      want: ["found", "mac", "abcd=="],
    },
    { name: "nothing", value: "", want: ["absent", "", ""] },
    { name: "blanks alone", value: " \t ", want: ["absent", "", ""] },
    { name: "another scheme", value: "Basic dXNlcjpwYXNz", want: ["absent", "", ""] },
    { name: "another scheme alone", value: "Negotiate", want: ["absent", "", ""] },
    {
      name: "a scheme that only starts like one",
      value: "Bearerx one",
      want: ["absent", "", ""],
    },
    { name: "no token", value: "Bearer", want: ["malformed", "bearer", ""] },
    { name: "spaces for a token", value: "Bearer   ", want: ["malformed", "bearer", ""] },
    { name: "a tab for the space", value: "Bearer\tone", want: ["malformed", "", ""] },
    { name: "a tab behind the space", value: "Bearer \tone", want: ["malformed", "bearer", ""] },
    { name: "no space", value: "Bearer:one", want: ["malformed", "", ""] },
    { name: "a no-break space", value: "Bearer\u00a0one", want: ["malformed", "", ""] },
    { name: "two tokens", value: "Bearer one two", want: ["malformed", "bearer", ""] },
    {
      name: "two headers joined",
      value: "Bearer one, Bearer two",
      want: ["malformed", "bearer", ""],
    },
    {
      name: "two tokens around a comma",
      value: "Bearer one,two",
      want: ["malformed", "bearer", ""],
    },
    { name: "quotes", value: 'Bearer "one"', want: ["malformed", "bearer", ""] },
    { name: "a MAC without an id", value: `MAC ${MAC_TAIL}`, want: ["malformed", "mac", ""] },
    { name: "two MAC ids", value: 'MAC id="a", id="b"', want: ["malformed", "mac", ""] },
    {
      name: "two MAC ids in two cases",
      value: 'MAC id="a", ID="b"',
      want: ["malformed", "mac", ""],
    },
    { name: "an empty MAC id", value: 'MAC id="", ts="1"', want: ["malformed", "mac", ""] },
    { name: "an escape in a MAC id", value: 'MAC id="a\\b"', want: ["malformed", "mac", ""] },
    { name: "a blank in a MAC id", value: 'MAC id="a b"', want: ["malformed", "mac", ""] },
    { name: "an open quote in a MAC list", value: 'MAC id="a', want: ["malformed", "mac", ""] },
    {
      name: "a comma at the end of a MAC list",
      value: 'MAC id="a",',
      want: ["malformed", "mac", ""],
    },
    {
      name: "a MAC list without commas",
      value: 'MAC id="a" ts="1"',
      want: ["malformed", "mac", ""],
    },
    { name: "something before the scheme", value: "=Bearer one", want: ["malformed", "", ""] },
  ])("$name", ({ value, want }) => {
    const out = new Credentials();
    out.scheme = "mac";
    out.token = "of the request before";
    expect([parseAuthorization(value, TOKEN_SCHEMES, out), out.scheme, out.token]).toEqual(want);
  });
});

test("a token costs one slice of the header, however long it is", () => {
  const value = `Bearer ${"x".repeat(750)}`;
  const out = new Credentials();
  expect(bytesPerCall(() => parseAuthorization(value, TOKEN_SCHEMES, out))).toBeLessThan(36);
});

test("another scheme costs no allocation", () => {
  const out = new Credentials();
  expect(
    bytesPerCall(() => parseAuthorization("Basic dXNlcjpwYXNz", TOKEN_SCHEMES, out)),
  ).toBeLessThan(4);
});
