import { bytesPerCall } from "@portcullis/testkit/hot-path";
import { describe, expect, test } from "vitest";

import { canonicalizeHost } from "../../src/target/canonical-host.ts";

describe("one name for a host", () => {
  test.for([
    { name: "a name as it is", raw: "api.example.com", want: "api.example.com" },
    { name: "upper case with a port", raw: "API.Example.COM:8000", want: "api.example.com" },
    { name: "a trailing dot", raw: "api.example.com.", want: "api.example.com" },
    { name: "a trailing dot before a port", raw: "api.example.com.:80", want: "api.example.com" },
    { name: "an empty port, as RFC 3986 allows", raw: "api.example.com:", want: "api.example.com" },
    { name: "a single label", raw: "localhost:8000", want: "localhost" },
    { name: "an underscore", raw: "my_service", want: "my_service" },
    { name: "an A-label", raw: "XN--bcher-kva.example", want: "xn--bcher-kva.example" },
    { name: "digits that are no number", raw: "1a.2b", want: "1a.2b" },
    { name: "an IPv4 address", raw: "192.0.2.1:80", want: "192.0.2.1" },
    { name: "an IPv6 address", raw: "[2001:DB8::1]:8443", want: "[2001:db8::1]" },
    { name: "an IPv6 address written out", raw: "[0:0:0:0:0:0:0:1]", want: "[::1]" },
    { name: "an IPv4 address inside IPv6", raw: "[::ffff:192.0.2.1]", want: "192.0.2.1" },
    { name: "the largest port", raw: "a:65535", want: "a" },
  ])("$name", ({ raw, want }) => {
    expect(canonicalizeHost(raw)).toBe(want);
  });
});

describe("what is no host is refused", () => {
  test.for([
    { name: "nothing", raw: "" },
    { name: "a dot", raw: "." },
    { name: "a port alone", raw: ":80" },
    { name: "a path", raw: "api.example.com/evil" },
    { name: "user info", raw: "a@api.example.com" },
    { name: "user info with a password", raw: "a:b@api.example.com" },
    { name: "a blank before", raw: " api.example.com" },
    { name: "a blank after", raw: "api.example.com " },
    { name: "two names", raw: "api.example.com, evil.example" },
    { name: "a tab", raw: "api\t.example.com" },
    { name: "a NUL", raw: "api.example.com\0" },
    { name: "a letter beyond ASCII", raw: "\u0430pi.example.com" },
    { name: "a sign that lower-cases into ASCII", raw: "\u212aelvin.example" },
    { name: "an escape", raw: "api%2eexample.com" },
    { name: "the wildcard", raw: "*" },
    { name: "a query", raw: "api.example.com?x" },
    { name: "a fragment", raw: "api.example.com#x" },
    { name: "a backslash", raw: "api.example.com\\evil" },
    { name: "a leading dot", raw: ".example.com" },
    { name: "an empty label", raw: "api..example.com" },
    { name: "two trailing dots", raw: "api.example.com.." },
    { name: "a port past 65535", raw: "a:65536" },
    { name: "a port of six digits", raw: "a:000080" },
    { name: "a signed port", raw: "a:+80" },
    { name: "a port of letters", raw: "a:http" },
    { name: "two ports", raw: "a:80:80" },
    { name: "a name past 253 characters", raw: `${"a.".repeat(127)}bc` },
    { name: "a short IPv4 address", raw: "127.1" },
    { name: "an IPv4 address as one number", raw: "2130706433" },
    { name: "an octal IPv4 address", raw: "0177.0.0.1" },
    { name: "a hexadecimal IPv4 address", raw: "0x7f000001" },
    { name: "an IPv4 address out of range", raw: "192.0.2.256" },
    { name: "an IPv6 address without brackets", raw: "::1" },
    { name: "an open bracket", raw: "[::1" },
    { name: "a zone", raw: "[fe80::1%25eth0]" },
    { name: "IPv4 in brackets", raw: "[192.0.2.1]" },
    { name: "a future address", raw: "[v1.x]" },
    { name: "something behind the bracket", raw: "[::1]evil" },
    { name: "empty brackets", raw: "[]" },
  ])("$name", ({ raw }) => {
    expect(canonicalizeHost(raw)).toBeUndefined();
  });
});

test("a canonical name costs no allocation", () => {
  expect(bytesPerCall(() => canonicalizeHost("api.example.com"))).toBeLessThan(4);
});

test("a field that was read before says what it said, whichever came in between", () => {
  const fields = [
    "api.example.com",
    "API.example.com",
    "aqi.example.com",
    "api.example.com:1",
    "..",
    "",
  ];
  const first = fields.map(canonicalizeHost);
  expect(first).toEqual([
    "api.example.com",
    "api.example.com",
    "aqi.example.com",
    "api.example.com",
    undefined,
    undefined,
  ]);
  for (const field of fields) {
    for (let at = 0; at < fields.length; at++) {
      canonicalizeHost(field);
      expect(canonicalizeHost(fields[at] ?? "")).toBe(first[at]);
    }
  }
});
