import { describe, expect, test } from "vitest";

import { blocked, decided, override, pattern, REDIRECT, type Row, sent } from "./decide-fixture.ts";
import type { Lines } from "./request/request-fixture.ts";

describe("the protocol", () => {
  const redirecting = pattern({ http_redirect: REDIRECT });
  const redirect = {
    kind: "redirect",
    location: "https://shopping.xyz.com/login/",
    answer: { status: 301, phrase: "Moved Permanently", body: "" },
  };
  test.for<Row & { readonly want: unknown }>([
    { name: "that is allowed", scheme: "https", want: { kind: "forward" } },
    { name: "plain HTTP without a redirect", scheme: "http", want: blocked("protocol") },
    { name: "plain HTTP with one", api: redirecting, scheme: "http", want: redirect },
    {
      name: "plain HTTP with a wrong method is sent to HTTPS first",
      api: redirecting,
      scheme: "http",
      method: "PUT",
      want: redirect,
    },
    {
      name: "WebSocket, which no redirect helps",
      api: redirecting,
      scheme: "ws",
      want: blocked("protocol"),
    },
    {
      name: "WebSocket over TLS is not HTTPS",
      api: redirecting,
      scheme: "wss",
      want: blocked("protocol"),
    },
    {
      name: "HTTPS where HTTP is demanded: no redirect leads back",
      api: pattern({ http_redirect: REDIRECT, protocol_allowed: "http" }),
      scheme: "https",
      want: blocked("protocol"),
    },
    {
      name: "any, where none is demanded",
      api: pattern({ protocol_allowed: "" }),
      scheme: "http",
      want: { kind: "forward" },
    },
  ])("$name", ({ want, ...row }) => {
    expect(decided(row)).toEqual(want);
  });
});

describe("the method", () => {
  test.for<Row & { readonly want: unknown }>([
    { name: "one that is listed", method: "POST", want: { kind: "forward" } },
    { name: "one that is not", method: "DELETE", want: blocked("method") },
    { name: "HEAD is not GET", method: "HEAD", want: blocked("method") },
    { name: "OPTIONS does not slip past", method: "OPTIONS", want: blocked("method") },
    { name: "methods have case", method: "get", want: blocked("method") },
    { name: "one that nobody knows", method: "ABDU", want: blocked("method") },
    { name: "__proto__ is no listed method", method: "__proto__", want: blocked("method") },
    {
      name: "an override to one that is not listed",
      lines: override("X-HTTP-Method-Override", "DELETE"),
      want: blocked("method"),
    },
    {
      name: "an override in small letters",
      lines: override("x-method-override", "put"),
      want: blocked("method"),
    },
    {
      name: "an override with a blank, which some trim",
      lines: override("x-http-method", " PUT"),
      want: blocked("method"),
    },
    {
      name: "an override to one that is listed",
      lines: override("x-http-method", "post"),
      want: { kind: "forward" },
    },
    {
      name: "an override to one that is listed does not excuse the method itself",
      method: "PUT",
      lines: override("x-http-method", "GET"),
      want: blocked("method"),
    },
    {
      name: "any, where none is demanded",
      api: pattern({ methods_allowed: [] }),
      method: "ABDU",
      lines: override("x-http-method", "PUT"),
      want: { kind: "forward" },
    },
  ])("$name", ({ want, ...row }) => {
    expect(decided(row)).toEqual(want);
  });
});

describe("the content type", () => {
  const length: Lines = [["content-length", "2"]];
  test.for<Row & { readonly want: unknown }>([
    {
      name: "the right one",
      method: "POST",
      lines: sent("application/json"),
      want: { kind: "forward" },
    },
    {
      name: "the right one in another case, with a parameter",
      method: "POST",
      lines: sent("Application/JSON; charset=utf-8"),
      want: { kind: "forward" },
    },
    { name: "another", method: "POST", lines: sent("text/xml"), want: blocked("content-type") },
    {
      name: "one that only begins like it",
      method: "POST",
      lines: sent("application/json-patch+json"),
      want: blocked("content-type"),
    },
    {
      name: "two in one field",
      method: "POST",
      lines: sent("application/json, text/xml"),
      want: blocked("content-type"),
    },
    {
      name: "a charset that hides ASCII",
      method: "POST",
      lines: sent("application/json; charset=utf-7"),
      want: blocked("content-type"),
    },
    { name: "none, with a body", method: "POST", lines: length, want: blocked("content-type") },
    {
      name: "none, with a body in chunks",
      method: "POST",
      lines: [["transfer-encoding", "chunked"]],
      want: blocked("content-type"),
    },
    { name: "none, without a body", method: "POST", want: { kind: "forward" } },
    {
      name: "a wrong one without a body, as real clients send it",
      lines: [["content-type", "text/plain"]],
      want: { kind: "forward" },
    },
    { name: "none, on a GET with a body", lines: length, want: { kind: "forward" } },
    {
      name: "a wrong one, on a GET with a body",
      lines: sent("text/xml"),
      want: blocked("content-type"),
    },
    {
      name: "any, where none is demanded",
      api: pattern({ content_type_allowed: "" }),
      method: "POST",
      lines: sent("text/xml"),
      want: { kind: "forward" },
    },
  ])("$name", ({ want, ...row }) => {
    expect(decided(row)).toEqual(want);
  });
});
