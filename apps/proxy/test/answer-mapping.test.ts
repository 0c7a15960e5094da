import { parseApiDefinition } from "@portcullis/core";
import { describe, expect, test } from "vitest";

import { AnswerMapping, MappedAnswer } from "../src/server/answer-mapping.ts";

const SERVERS = [
  { host: "10.0.0.5", port: 8080 },
  { host: "App.Internal", port: 80 },
  { host: "2001:db8::5", port: 8080 },
];

interface Row {
  readonly given: string;
  readonly want: string;
}

/** `/shop` outside, `/a123` inside, asked for at `Api.example.com:8000`, unless said otherwise. */
function map(name: string, value: string, url = "/shop", internal = "/a123"): string {
  const parsed = parseApiDefinition("shop", {
    api_metadata: { url, hostname: "*", servers: SERVERS, api_mapping: { internal_url: internal } },
  });
  if (!parsed.ok) throw new TypeError(JSON.stringify(parsed.issues));
  const mapping = AnswerMapping.of(parsed.value);
  if (mapping === undefined) return value;
  return new MappedAnswer(mapping, "api.example.com", "Api.example.com:8000").map(name, value);
}

describe.for(["location", "content-location"])("a %s is mapped back", (name) => {
  test.for<Row>([
    { given: "/a123", want: "/shop" },
    { given: "/a123/", want: "/shop/" },
    { given: "/a123/x/y?next=/a123/z#/a123", want: "/shop/x/y?next=/a123/z#/a123" },
    { given: "/a123?q", want: "/shop?q" },
    { given: "/a123#f", want: "/shop#f" },
    { given: "http://api.example.com/a123/x", want: "http://api.example.com/shop/x" },
    { given: "HTTPS://API.example.com:8000/a123", want: "HTTPS://API.example.com:8000/shop" },
    { given: "http://10.0.0.5:8080/a123/x?y", want: "/shop/x?y" },
    { given: "http://app.internal/a123/x", want: "/shop/x" },
    { given: "http://APP.internal:80/a123/x", want: "/shop/x" },
    { given: "http://[2001:db8::5]:8080/a123", want: "/shop" },
  ])("$given -> $want", ({ given, want }) => {
    expect(map(name, given)).toBe(want);
  });
});

describe("a location is left as it is that points elsewhere", () => {
  test.for([
    "/a1234",
    "/a12",
    "/A123/x",
    "/",
    "",
    "a123/x",
    "?a123",
    "#/a123",
    "//api.example.com/a123/x",
    "//a123/x",
    "http://evil.example/a123/x",
    "http://api.example.com.evil.example/a123",
    "http://api.example.com@evil.example/a123",
    "http://api.example.com:9/a123",
    "http://10.0.0.5/a123",
    "http://10.0.0.5:8080/b/x",
    "http://api.example.com",
    String.raw`http://api.example.com\@evil.example/a123`,
    "ftp://api.example.com/a123",
    "javascript:alert(1)",
    "/a123/../secret",
    "/a123/%2E%2e/secret",
    "/a123/x%2F..%2f..%2Fsecret",
    "/a123/.",
    String.raw`/a123/x\y`,
    "/a123/\t/evil.example",
    "/a123/\u00E4",
  ])("%j", (value) => {
    expect(map("location", value)).toBe(value);
  });
});

describe("a location never comes to name another host by being mapped", () => {
  test.for(["/a123//evil.example/x", String.raw`/a123/\evil.example`, "/a123/\t/evil.example"])(
    "%j, with the public root",
    (value) => {
      expect(map("location", value, "/")).toBe(value);
    },
  );

  test("a URL of the public host with an empty segment", () => {
    const value = "http://api.example.com/a123//evil.example";
    expect(map("location", value, "/")).toBe(value);
  });
});

describe("roots", () => {
  test.for<Row & { readonly url: string; readonly internal: string }>([
    { url: "/", internal: "/a123", given: "/a123", want: "/" },
    { url: "/", internal: "/a123", given: "/a123/x", want: "/x" },
    { url: "/", internal: "/a123", given: "/a123?q", want: "/?q" },
    { url: "/shop", internal: "/", given: "/", want: "/shop/" },
    { url: "/shop", internal: "/", given: "/x?y", want: "/shop/x?y" },
    { url: "/shop", internal: "/", given: "http://10.0.0.5:8080/x", want: "/shop/x" },
    { url: "/shop", internal: "/shop", given: "/shop/x", want: "/shop/x" },
  ])("$internal inside, $url outside: $given -> $want", ({ url, internal, given, want }) => {
    expect(map("location", given, url, internal)).toBe(want);
  });
});

describe("the path of a cookie is mapped back", () => {
  test.for<Row & { readonly url?: string; readonly internal?: string }>([
    { given: "a=1; Path=/a123", want: "a=1; Path=/shop" },
    { given: "a=1;path=/a123/;Secure", want: "a=1;path=/shop/;Secure" },
    { given: "a=1; PATH = /a123/x ; HttpOnly", want: "a=1; PATH = /shop/x; HttpOnly" },
    { given: "a=1; Path=/a123; Path=/a123/y", want: "a=1; Path=/shop; Path=/shop/y" },
    { given: "a=1; Path=/a123", want: "a=1; Path=/", url: "/" },
    { given: "a=1; Path=/a123/x", want: "a=1; Path=/x", url: "/" },
    { given: "a=1; Path=/", want: "a=1; Path=/shop", internal: "/" },
    { given: "a=1; Path=/x", want: "a=1; Path=/shop/x", internal: "/" },
  ])("$given -> $want", ({ given, want, url, internal }) => {
    expect(map("set-cookie", given, url, internal)).toBe(want);
  });

  test.for([
    "a=1",
    "a=1; Path=/",
    "a=1; Path=/a1234",
    "a=1; Path=a123",
    'a=1; Path="/a123"',
    "a=1; Path",
    "Path=/a123",
    "path=/a123; Secure",
    "a=1; X-Path=/a123",
    "a=1; Path=/a123/../x",
    "a=1; Domain=10.0.0.5",
  ])("but not in %j", (value) => {
    expect(map("set-cookie", value)).toBe(value);
  });

  test("but not of a __Host- cookie, which would be refused with any other", () => {
    const value = "__Host-a=1; Secure; Path=/";
    expect(map("set-cookie", value, "/shop", "/")).toBe(value);
  });

  test("in time that grows with its length only", () => {
    const value = `a=1; Path=${" ".repeat(60_000)}x; path${" ".repeat(60_000)}`;
    const started = performance.now();
    expect(map("set-cookie", value)).toBe(value);
    expect(performance.now() - started).toBeLessThan(200);
  });
});

test.for(["link", "refresh", "x-location", "content-type"])("a %s is left as it is", (name) => {
  expect(map(name, "/a123/x; Path=/a123")).toBe("/a123/x; Path=/a123");
});

function mapAsServer(name: string, value: string, more: object = {}): string {
  const metadata = { url: "/shop", hostname: "*", servers: SERVERS, host_header: "server" };
  const parsed = parseApiDefinition("shop", { api_metadata: { ...metadata, ...more } });
  if (!parsed.ok) throw new TypeError(JSON.stringify(parsed.issues));
  const mapping = AnswerMapping.of(parsed.value);
  if (mapping === undefined) return "not mapped";
  return new MappedAnswer(mapping, "api.example.com", "api.example.com").map(name, value);
}

describe("an API whose servers are asked for by their own names", () => {
  test.for<Row>([
    { given: "http://10.0.0.5:8080/shop/x?y#z", want: "/shop/x?y#z" },
    { given: "http://10.0.0.5:8080/login", want: "/login" },
    { given: "https://app.internal:443/login", want: "https://app.internal:443/login" },
    { given: "http://app.internal/", want: "/" },
    { given: "http://app.internal", want: "/" },
    { given: "http://app.internal?a", want: "/?a" },
    { given: "http://api.example.com/x", want: "http://api.example.com/x" },
    { given: "http://evil.example/x", want: "http://evil.example/x" },
    { given: "http://10.0.0.5:8080//evil.example/x", want: "http://10.0.0.5:8080//evil.example/x" },
    { given: "/shop/x", want: "/shop/x" },
    { given: "x", want: "x" },
  ])("$given -> $want", ({ given, want }) => {
    expect(mapAsServer("location", given)).toBe(want);
  });

  test.for<Row>([
    { given: "a=1; Domain=10.0.0.5; Path=/x", want: "a=1; Path=/x" },
    { given: "a=1; Path=/x; domain = .App.Internal ; Secure", want: "a=1; Path=/x; Secure" },
    { given: "a=1; Domain=internal", want: "a=1; Domain=internal" },
    { given: "a=1; Domain=xapp.internal", want: "a=1; Domain=xapp.internal" },
    { given: "a=Domain=10.0.0.5", want: "a=Domain=10.0.0.5" },
  ])("a cookie is the public host's: $given -> $want", ({ given, want }) => {
    expect(mapAsServer("set-cookie", given)).toBe(want);
  });

  test("the internal prefix is mapped, too, and only what lies under it", () => {
    const more = { api_mapping: { internal_url: "/a123" } };
    expect(mapAsServer("location", "http://10.0.0.5:8080/a123/x", more)).toBe("/shop/x");
    const elsewhere = "http://10.0.0.5:8080/login";
    expect(mapAsServer("location", elsewhere, more)).toBe(elsewhere);
  });
});
