import { expect, test } from "vitest";

import { parseApiDefinition } from "../../src/definition/parse-api-definition.ts";
import { unenforcedSettings } from "../../src/definition/unenforced-settings.ts";
import { definitionOf, type Json } from "./definition-of.ts";

function unenforcedIn(changes: Json, trustsProxies = true): readonly string[] {
  const result = parseApiDefinition("shop", definitionOf(changes));
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  return unenforcedSettings(result.value, trustsProxies).map(({ path }) => path);
}

const server = (changes: Json): Json => ({ servers: [{ host: "a", port: 1, ...changes }] });

test.for<{ name: string; given: Json; want: readonly string[] }>([
  { name: "a definition of defaults", given: {}, want: [] },
  {
    name: "the defaults, in so many words",
    given: {
      cookie: "JSESSIONID",
      cookie_idle_timeout: "200m",
      health_check: true,
      login_url: "",
      flow_control: { client_spike_threshold: "0/hour", server_connection_queueing: false },
      ...server({ server_spike_threshold: "0/minute", server_connection_quota: 0 }),
    },
    want: [],
  },
  { name: "an idle time without a cookie", given: { cookie_idle_timeout: "5m" }, want: [] },
  {
    name: "the default idle time in another unit",
    given: { cookie: "id", cookie_idle_timeout: "12000s" },
    want: [],
  },
  {
    name: "sessions",
    given: {
      cookie: "id",
      cookie_idle_timeout: "5m",
      logout_api_enabled: true,
      cookie_persistence_enabled: true,
      login_url: "/shop/login",
    },
    want: ["api_metadata.login_url"],
  },
  {
    name: "logins whose users are learned",
    given: { cookie: "id", login_url: "/shop/login", login_username: "user" },
    want: [],
  },
  {
    name: "flow control",
    given: {
      protocol: "ws",
      flow_control: {
        client_spike_threshold: "1/second",
        server_connection_queueing: true,
        bytes_in_threshold: "1/second",
        bytes_out_threshold: "1/second",
      },
    },
    want: [],
  },
  {
    name: "limits of a server, which are kept",
    given: server({ server_spike_threshold: "1/hour", server_connection_quota: 9 }),
    want: [],
  },
])("$name", ({ given, want }) => {
  expect(unenforcedIn(given)).toEqual(want);
});

test("a user name's header that nobody may set", () => {
  const given = { username_header: "X-User" };
  expect(unenforcedIn(given)).toEqual([]);
  expect(unenforcedIn(given, false)).toEqual(["api_metadata.username_header"]);
  const jwt = { location: "qs:jwt", username: "sub" };
  expect(unenforcedIn({ ...given, jwt }, false)).toEqual([]);
});
