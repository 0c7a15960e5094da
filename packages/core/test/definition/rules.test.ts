import { describe, expect, test } from "vitest";

import { parseApiDefinition } from "../../src/definition/parse-api-definition.ts";
import { definitionOf, type Json } from "./definition-of.ts";

function issuesOf(changes: Json): readonly string[] {
  const result = parseApiDefinition("shop", definitionOf(changes));
  return result.ok ? [] : result.issues.map(({ path }) => path);
}

function warningsOf(changes: Json): readonly string[] {
  const result = parseApiDefinition("shop", definitionOf(changes));
  return result.ok ? result.warnings.map(({ path }) => path) : ["refused"];
}

const decoys = (...paths: readonly string[]): Json => ({
  decoy_config: { decoy_enabled: true, decoy_subpaths: paths },
});
const quotas = (...values: readonly unknown[]): Json => ({
  servers: values.map((quota, index) => ({
    host: "a.example",
    port: index + 1,
    server_connection_quota: quota,
  })),
});
const jwt = (changes: Json): Json => ({
  jwt: { location: "h:x-jwt", username: "sub", clientid: "cid", ...changes },
});

describe("rules between fields", () => {
  test.for<{ name: string; given: Json; want: readonly string[] }>([
    { name: "no servers", given: { servers: undefined }, want: ["api_metadata.servers"] },
    { name: "an empty list of servers", given: { servers: [] }, want: ["api_metadata.servers"] },
    {
      name: "decoys on some paths only, without servers for the rest",
      given: { servers: [], ...decoys("/shop/root") },
      want: ["api_metadata.servers"],
    },
    {
      name: "a whole decoy that is switched off, without servers",
      given: { servers: [], decoy_config: { decoy_enabled: false } },
      want: ["api_metadata.servers"],
    },
    {
      name: "no servers, and a switch that cannot be read: only what is certain",
      given: { servers: [], decoy_config: { decoy_enabled: "true" } },
      want: ["api_metadata.decoy_config.decoy_enabled"],
    },
    { name: "a quota on one server only", given: quotas(5, 0), want: ["api_metadata.servers"] },
    { name: "a quota on both servers", given: quotas(5, 1), want: [] },
    {
      name: "a quota beside one that cannot be read",
      given: quotas(5, "0"),
      want: ["api_metadata.servers[1].server_connection_quota"],
    },
    {
      name: "a decoy that is the API itself",
      given: decoys("/shop/root", "/shop/"),
      want: ["api_metadata.decoy_config.decoy_subpaths[1]"],
    },
    {
      name: "a decoy of another API",
      given: decoys("/admin", "/shop/root"),
      want: ["api_metadata.decoy_config.decoy_subpaths[0]"],
    },
    {
      name: "a decoy that only shares the letters of url",
      given: decoys("/shopping/root"),
      want: ["api_metadata.decoy_config.decoy_subpaths[0]"],
    },
    {
      name: "a decoy relative to url",
      given: decoys("/root"),
      want: ["api_metadata.decoy_config.decoy_subpaths[0]"],
    },
    {
      name: "a decoy that cannot be read beside one that is elsewhere",
      given: decoys("shop/root", "/admin"),
      want: [
        "api_metadata.decoy_config.decoy_subpaths[0]",
        "api_metadata.decoy_config.decoy_subpaths[1]",
      ],
    },
    {
      name: "a login page within a decoy",
      given: { login_url: "/shop/root/login", ...decoys("/shop/root") },
      want: ["api_metadata.login_url"],
    },
    {
      name: "a login page within an API that is all decoy",
      given: { login_url: "/shop/login", ...decoys() },
      want: ["api_metadata.login_url"],
    },
    {
      name: "a login page beside a decoy",
      given: { login_url: "/shop/rooted", ...decoys("/shop/root") },
      want: [],
    },
    {
      name: "a user name of logins without a login page",
      given: { login_username: "user" },
      want: ["api_metadata.login_username"],
    },
    {
      name: "a user name of logins at another API's page",
      given: { login_username: "user", login_url: "/shopping/login" },
      want: ["api_metadata.login_url"],
    },
    {
      name: "a user name of logins at a page of the API",
      given: { login_username: "user", login_url: "/shop/login" },
      want: [],
    },
    {
      name: "two places for the API key",
      given: { apikey_qs: "key", apikey_header: "x-key" },
      want: ["api_metadata.apikey_header"],
    },
    {
      name: "one header for key and user name, in two spellings",
      given: { apikey_header: "X-User", username_header: "x-user" },
      want: ["api_metadata.username_header"],
    },
    {
      name: "a mandatory token that is not captured",
      given: { is_token_mandatory: true },
      want: ["api_metadata.is_token_mandatory"],
    },
    {
      name: "a mandatory token that is captured",
      given: { is_token_mandatory: true, oauth2_access_token: true },
      want: [],
    },
    {
      name: "a mandatory token beside a switch that cannot be read",
      given: { is_token_mandatory: true, oauth2_access_token: "yes" },
      want: ["api_metadata.oauth2_access_token"],
    },
    { name: "a token without user name", given: jwt({ username: "" }), want: ["api_metadata.jwt"] },
    { name: "a token without place", given: jwt({ location: "" }), want: ["api_metadata.jwt"] },
    { name: "only one claim", given: { jwt: { clientid: "c" } }, want: ["api_metadata.jwt"] },
    { name: "a user name nowhere", given: { jwt: { username: "u" } }, want: ["api_metadata.jwt"] },
    { name: "no client id", given: jwt({ clientid: "" }), want: [] },
    {
      name: "one claim for both",
      given: jwt({ clientid: "sub" }),
      want: ["api_metadata.jwt.clientid"],
    },
    {
      name: "no token, in so many words",
      given: jwt({ location: "", username: "", clientid: "" }),
      want: [],
    },
    {
      name: "verified tokens nowhere",
      given: { jwt_verification: { token_issuer: "login", audience: ["shop"] } },
      want: ["api_metadata.jwt_verification.token_issuer"],
    },
    {
      name: "verified tokens in a place that cannot be read",
      given: { ...jwt({ location: "x" }), jwt_verification: { token_issuer: "login" } },
      want: ["api_metadata.jwt.location"],
    },
    {
      name: "verified tokens",
      given: { ...jwt({}), jwt_verification: { token_issuer: "login", audience: ["shop"] } },
      want: [],
    },
    {
      name: "a body where the status allows none",
      given: {
        api_pattern_enforcement: { error_code: 304, error_message_body: "no" },
        decoy_config: { response_code: "204", response_message: "no" },
      },
      want: [
        "api_metadata.api_pattern_enforcement.error_message_body",
        "api_metadata.decoy_config.response_message",
      ],
    },
  ])("$name", ({ given, want }) => {
    expect(issuesOf(given)).toEqual(want);
  });

  test.for<{ name: string; given: Json; want: readonly string[] }>([
    {
      name: "a server twice, in two spellings",
      given: { servers: ["A.example", "a.example."].map((host) => ({ host, port: 80 })) },
      want: ["api_metadata.servers[1]"],
    },
    {
      name: "a user name header beside a token",
      given: { ...jwt({}), username_header: "x-user" },
      want: ["api_metadata.username_header"],
    },
    {
      name: "WebSocket only on an HTTP API",
      given: { api_pattern_enforcement: { protocol_allowed: "wss" } },
      want: ["api_metadata.api_pattern_enforcement.protocol_allowed"],
    },
    {
      name: "HTTPS only on an HTTP API",
      given: { api_pattern_enforcement: { protocol_allowed: "https" } },
      want: [],
    },
    {
      name: "a redirect without a target",
      given: {
        api_pattern_enforcement: {
          protocol_allowed: "https",
          http_redirect: { response_code: 301 },
        },
      },
      want: ["api_metadata.api_pattern_enforcement.http_redirect"],
    },
    {
      name: "a redirect where HTTP is allowed",
      given: { api_pattern_enforcement: { http_redirect: { https_url: "https://a.example/" } } },
      want: ["api_metadata.api_pattern_enforcement.http_redirect"],
    },
    {
      name: "byte limits on an HTTP API",
      given: { flow_control: { bytes_in_threshold: "1/hour", bytes_out_threshold: "1/hour" } },
      want: [
        "api_metadata.flow_control.bytes_in_threshold",
        "api_metadata.flow_control.bytes_out_threshold",
      ],
    },
    {
      name: "a server spike on a WebSocket API",
      given: {
        protocol: "ws",
        servers: [{ host: "a", port: 1, server_spike_threshold: "9/second" }],
      },
      want: ["api_metadata.servers[0].server_spike_threshold"],
    },
    {
      name: "sessions without a cookie",
      given: { cookie_persistence_enabled: true, logout_api_enabled: true },
      want: ["api_metadata.cookie_persistence_enabled", "api_metadata.logout_api_enabled"],
    },
  ])("$name is worth a warning or none", ({ given, want }) => {
    expect(warningsOf(given)).toEqual(want);
  });
});
