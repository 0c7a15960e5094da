import { describe, expect, test } from "vitest";

import type { ApiDefinition } from "../../src/definition/api-definition.ts";
import { parseApiDefinition } from "../../src/definition/parse-api-definition.ts";
import { definitionOf, type Json } from "./definition-of.ts";

function parsed(changes: Json): ApiDefinition {
  const result = parseApiDefinition("shop", definitionOf(changes));
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  return result.value;
}

function warningsOf(changes: Json): readonly string[] {
  const result = parseApiDefinition("shop", definitionOf(changes));
  return result.ok
    ? result.warnings.map(({ path, problem }) => `${path}: ${problem}`)
    : ["refused"];
}

const pattern = (changes: Json): Json => ({ api_pattern_enforcement: changes });
const redirect = (changes: Json): Json =>
  pattern({ protocol_allowed: "https", http_redirect: changes });
const decoy = (changes: Json): Json => ({ decoy_config: { decoy_enabled: true, ...changes } });
const jwtAt = (location: string): Json => ({
  jwt: { location, username: "sub", clientid: "client_id" },
});

test("a definition that says as little as possible gets every default", () => {
  const off = { count: 0, seconds: 1 };
  expect(parsed({})).toEqual({
    id: "shop",
    protocol: "http",
    url: "/shop",
    hostname: "*",
    mergeSlashes: false,
    keepEncodedSlashes: false,
    cookie: undefined,
    cookieIdleTimeoutSeconds: 12_000,
    logoutApiEnabled: false,
    cookiePersistenceEnabled: false,
    oauth2AccessToken: false,
    token: { schemes: ["bearer", "mac"], place: undefined },
    isTokenMandatory: false,
    apiKeyQuery: undefined,
    apiKeyHeader: undefined,
    loginUrl: undefined,
    loginUsername: undefined,
    enableBlocking: true,
    internalUrl: undefined,
    usernameHeader: undefined,
    jwt: undefined,
    jwtVerification: undefined,
    pattern: {
      protocolAllowed: undefined,
      redirect: undefined,
      methodsAllowed: [],
      contentTypeAllowed: undefined,
      answer: { status: 401, phrase: "Unauthorized", body: "401 Unauthorized" },
    },
    flowControl: {
      clientSpike: off,
      serverConnectionQueueing: false,
      bytesIn: off,
      bytesOut: off,
    },
    apiMemoryBytes: 134_217_728,
    health: { enabled: true, intervalSeconds: 60, retries: 4, url: "/health" },
    serverSsl: false,
    hostHeader: "client",
    bodyLimit: undefined,
    servers: [{ host: "127.0.0.1", port: 8080, spike: off, connectionQuota: 0 }],
    decoy: {
      enabled: false,
      answer: { status: 200, phrase: "OK", body: "" },
      subpaths: [],
    },
  } satisfies ApiDefinition);
});

describe("taken", () => {
  test.for<{ name: string; given: Json; want: object }>([
    { name: "protocol ws", given: { protocol: "ws" }, want: { protocol: "ws" } },
    { name: "the root", given: { url: "/" }, want: { url: "/" } },
    { name: "a slash at the end of url", given: { url: "/shop/v1/" }, want: { url: "/shop/v1" } },
    { name: "six levels", given: { url: "/a/b/c/d/e/f" }, want: { url: "/a/b/c/d/e/f" } },
    { name: "an escape in upper case", given: { url: "/caf%C3%A9" }, want: { url: "/caf%C3%A9" } },
    {
      name: "a host in upper case with a trailing dot",
      given: { hostname: "Shop.Example.COM." },
      want: { hostname: "shop.example.com" },
    },
    { name: "an IPv4 host", given: { hostname: "127.0.0.1" }, want: { hostname: "127.0.0.1" } },
    {
      name: "an IPv6 host in its long form",
      given: { hostname: "[0:0:0:0:0:0:0:1]" },
      want: { hostname: "[::1]" },
    },
    { name: "a cookie name", given: { cookie: "JSESSIONID" }, want: { cookie: "JSESSIONID" } },
    {
      name: "seconds",
      given: { cookie_idle_timeout: "9s" },
      want: { cookieIdleTimeoutSeconds: 9 },
    },
    {
      name: "hours",
      given: { cookie_idle_timeout: "2h" },
      want: { cookieIdleTimeoutSeconds: 7200 },
    },
    {
      name: "days",
      given: { cookie_idle_timeout: "1d" },
      want: { cookieIdleTimeoutSeconds: 86_400 },
    },
    {
      name: "weeks",
      given: { cookie_idle_timeout: "1w" },
      want: { cookieIdleTimeoutSeconds: 604_800 },
    },
    {
      name: "months",
      given: { cookie_idle_timeout: "1mnt" },
      want: { cookieIdleTimeoutSeconds: 2_592_000 },
    },
    {
      name: "years",
      given: { cookie_idle_timeout: "1yr" },
      want: { cookieIdleTimeoutSeconds: 31_536_000 },
    },
    {
      name: "a key header in mixed case",
      given: { apikey_header: "X-API-Key" },
      want: { apiKeyHeader: "x-api-key" },
    },
    { name: "a key parameter", given: { apikey_qs: "key_1.4" }, want: { apiKeyQuery: "key_1.4" } },
    {
      name: "an internal path",
      given: { api_mapping: { internal_url: "/a123/" } },
      want: { internalUrl: "/a123" },
    },
    { name: "gigabytes", given: { api_memory_size: "2gb" }, want: { apiMemoryBytes: 2 ** 31 } },
    {
      name: "a health path with a slash at the end and a query",
      given: { health_url: "/up/?full=1" },
      want: { health: { url: "/up/?full=1" } },
    },
    {
      name: "an IPv6 server with and without brackets",
      given: { servers: ["[::1]", "::2"].map((host) => ({ host, port: 80 })) },
      want: { servers: [{ host: "::1" }, { host: "::2" }] },
    },
    {
      name: "a threshold",
      given: { flow_control: { client_spike_threshold: "100/minute" } },
      want: { flowControl: { clientSpike: { count: 100, seconds: 60 } } },
    },
    {
      name: "a status as a string, with its own phrase and body",
      given: pattern({ error_code: "403" }),
      want: { pattern: { answer: { status: 403, phrase: "Forbidden", body: "403 Forbidden" } } },
    },
    {
      name: "an empty status, which is the default",
      given: pattern({ error_code: "", error_def: "", error_message_body: "" }),
      want: { pattern: { answer: { status: 401, phrase: "Unauthorized", body: "" } } },
    },
    {
      name: "a status without a registered phrase",
      given: pattern({ error_code: 499 }),
      want: { pattern: { answer: { status: 499, phrase: "", body: "499" } } },
    },
    {
      name: "a status that has no body",
      given: pattern({ error_code: 204 }),
      want: { pattern: { answer: { status: 204, phrase: "No Content", body: "" } } },
    },
    {
      name: "a media type in upper case",
      given: pattern({ content_type_allowed: "Application/JSON" }),
      want: { pattern: { contentTypeAllowed: "application/json" } },
    },
    {
      name: "a redirect with its default status",
      given: redirect({ https_url: "https://shop.example.com:8443/login/?a=1#top" }),
      want: {
        pattern: {
          redirect: {
            status: 301,
            phrase: "Moved Permanently",
            location: "https://shop.example.com:8443/login/?a=1#top",
          },
        },
      },
    },
    {
      name: "a redirect status as a string",
      given: redirect({ https_url: "https://a.example/", response_code: "308" }),
      want: { pattern: { redirect: { status: 308, phrase: "Permanent Redirect" } } },
    },
    {
      name: "a decoy answer",
      given: decoy({ response_code: 404, decoy_subpaths: ["/shop/root/"] }),
      want: {
        decoy: {
          enabled: true,
          answer: { status: 404, phrase: "Not Found", body: "" },
          subpaths: ["/shop/root"],
        },
      },
    },
    {
      name: "decoys that are switched off",
      given: { decoy_config: { decoy_subpaths: ["/shop/root"] } },
      want: { decoy: { enabled: false, subpaths: ["/shop/root"] } },
    },
    {
      name: "a whole API as a decoy, without servers",
      given: { ...decoy({}), servers: [] },
      want: { servers: [], decoy: { enabled: true, subpaths: [] } },
    },
    {
      name: "a decoy below the root",
      given: { url: "/", ...decoy({ decoy_subpaths: ["/admin"] }) },
      want: { decoy: { subpaths: ["/admin"] } },
    },
    {
      name: "a token in the Authorization header",
      given: jwtAt("h:Authorization:Bearer"),
      want: { jwt: { location: { in: "authorization", scheme: "bearer" } } },
    },
    {
      name: "a MAC token",
      given: jwtAt("h:authorization:mac"),
      want: { jwt: { location: { in: "authorization", scheme: "mac" } } },
    },
    {
      name: "a token in a header of its own",
      given: jwtAt("h:X-jwt-header"),
      want: { jwt: { location: { in: "header", name: "x-jwt-header" } } },
    },
    {
      name: "a token in a cookie, whose case counts",
      given: jwtAt("h:cookie:Session"),
      want: { jwt: { location: { in: "cookie", name: "Session" } } },
    },
    {
      name: "a blank behind the colon",
      given: jwtAt("qs: access_token"),
      want: { jwt: { location: { in: "query", name: "access_token" }, clientId: "client_id" } },
    },
  ])("$name", ({ given, want }) => {
    expect(parsed(given)).toMatchObject(want);
    expect(warningsOf(given)).toEqual([]);
  });
});

describe("taken with a warning", () => {
  test.for<{ name: string; given: Json; want: string }>([
    { name: "protocol https", given: { protocol: "https" }, want: 'protocol: is read as "http"' },
    { name: "protocol wss", given: { protocol: "wss" }, want: 'protocol: is read as "ws"' },
    {
      name: "a header name with an underscore",
      given: { apikey_header: "api_key" },
      want: 'apikey_header: many servers read "_" and "-"',
    },
    {
      name: "a method twice",
      given: pattern({ methods_allowed: ["GET", "GET"] }),
      want: "api_pattern_enforcement.methods_allowed[1]: is in the list already",
    },
    {
      name: "a decoy twice, in two spellings",
      given: decoy({ decoy_subpaths: ["/shop/a", "/shop/a/"] }),
      want: "decoy_config.decoy_subpaths[1]: is in the list already",
    },
  ])("$name", ({ given, want }) => {
    const warnings = warningsOf(given);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(`api_metadata.${want}`);
  });
});
