import { describe, expect, test } from "vitest";

import { parseSettings } from "../src/index.ts";
import { DEFAULT_DENIALS } from "./default-denials.ts";

function problems(content: unknown): string[] {
  const parsed = parseSettings(content, "/etc/portcullis");
  return parsed.ok ? [] : parsed.issues.map(({ path, problem }) => `${path}: ${problem}`);
}

describe("parseSettings", () => {
  test.for([
    { name: "nothing", content: undefined },
    { name: "an empty file", content: null },
    { name: "an empty section", content: { limits: {} } },
  ])("$name gives every default", ({ content }) => {
    const parsed = parseSettings(content, "/etc/portcullis");
    expect(parsed).toMatchObject({
      ok: true,
      warnings: [],
      value: {
        listen: {
          http: { host: "0.0.0.0", port: 8000 },
          https: { host: "0.0.0.0", port: 8443, certificates: [], ciphers: "" },
        },
        management: { host: "127.0.0.1", port: 8010 },
        reports: { host: "127.0.0.1", port: 8080, timezone: "utc", keep: 7_776_000_000 },
        enforcement: { firewall: true, aseDetectedAttack: true },
        trustedProxies: [],
        clientAddress: { header: "x-forwarded-for", maxHops: 32 },
        automaticDenials: DEFAULT_DENIALS,
        tokenIssuers: [],
        tokenVerification: {
          run: "pool",
          threads: 1,
          maxWaiting: 1024,
          timeout: 5000,
          cacheBytes: 16_777_216,
        },
        via: "",
        limits: {
          headerBytes: 16_384,
          headers: 100,
          bodyBytes: 0,
          inFlight: 0,
          inFlightPerAddress: 0,
          connectionsPerAddress: 0,
        },
        timeouts: {
          requestBody: 10_000,
          requestTotal: 0,
          upstreamConnect: 5000,
          upstreamFirstByte: 30_000,
          upstreamIdle: 60_000,
          upstreamKeepAlive: 4000,
        },
        upstream: {
          maxConnections: 1024,
          maxWaiting: 1024,
          balancing: "least-connections",
          caFile: undefined,
          authorities: "auto",
          clientCertificate: undefined,
        },
        webSocket: { maxMessageBytes: 16_777_216, idleTimeout: 600_000, maxLifetime: 86_400_000 },
        lists: { capacity: 1_000_000, automaticLimit: 100_000, values: "encrypted" },
        logs: { access: true, directory: undefined },
      },
    });
    expect(parsed.ok && parsed.value.edges).toBeGreaterThanOrEqual(1);
  });

  test("units become numbers, names lower case, paths absolute", () => {
    const parsed = parseSettings(
      {
        edges: 3,
        limits: { header_bytes: "32KiB", body_bytes: "1MiB" },
        timeouts: { upstream_connect: "200ms", upstream_keep_alive: "1h" },
        listen: { https: { certificates: [{ cert: "tls/a.pem", key: "/run/a.key" }] } },
        upstream: {
          balancing: "round-robin",
          ca_file: "ca.pem",
          client_certificate: { cert: "own.pem", key: "/keys/own.key" },
        },
        websocket: { max_message_bytes: "1MiB", idle_timeout: "24h", max_lifetime: "720h" },
        logs: { directory: "../log" },
        token_issuers: [
          { name: "a", issuer: "https://a", algorithms: ["ES256"], jwks_file: "keys.json" },
          {
            name: "b",
            issuer: "https://b",
            algorithms: ["RS256", "PS256"],
            jwks_url: "https://b/keys",
            clock_tolerance: "0s",
          },
        ],
      },
      "/etc/portcullis",
    );
    expect(parsed).toMatchObject({
      value: {
        edges: 3,
        limits: { headerBytes: 32_768, bodyBytes: 1_048_576 },
        timeouts: { upstreamConnect: 200, upstreamKeepAlive: 3_600_000 },
        listen: {
          https: { certificates: [{ cert: "/etc/portcullis/tls/a.pem", key: "/run/a.key" }] },
        },
        upstream: {
          balancing: "round-robin",
          caFile: "/etc/portcullis/ca.pem",
          clientCertificate: { cert: "/etc/portcullis/own.pem", key: "/keys/own.key" },
        },
        webSocket: {
          maxMessageBytes: 1_048_576,
          idleTimeout: 86_400_000,
          maxLifetime: 2_592_000_000,
        },
        logs: { directory: "/etc/log" },
        tokenIssuers: [
          {
            name: "a",
            keys: { kind: "jwks-file", place: "/etc/portcullis/keys.json" },
            clockTolerance: 30_000,
            refresh: 600_000,
            cooldown: 10_000,
          },
          {
            keys: { kind: "jwks-url", place: "https://b/keys" },
            algorithms: ["RS256", "PS256"],
            clockTolerance: 0,
          },
        ],
      },
    });
  });

  test.for([
    {
      content: { listen: { http: { port: "8000" } } },
      want: 'listen.http.port: expected a whole number from 0 to 65535, got "8000"',
    },
    {
      content: { listen: { http: { port: 65_536 } } },
      want: "listen.http.port: expected a whole number from 0 to 65535, got 65536",
    },
    { content: { edges: 0 }, want: "edges: expected auto or a whole number from 1 to 64, got 0" },
    {
      content: { edges: 1.5 },
      want: "edges: expected auto or a whole number from 1 to 64, got 1.5",
    },
    {
      content: { enforcement: { firewall: "yes" } },
      want: 'enforcement.firewall: expected true or false, got "yes"',
    },
    {
      content: { listen: { https: { port: -1 } } },
      want: "listen.https.port: expected a whole number from 0 to 65535, got -1",
    },
    {
      content: { listen: { https: { certificates: "a.pem" } } },
      want: 'listen.https.certificates: expected a list of certificates, got "a.pem"',
    },
    {
      content: { listen: { https: { certificates: ["a.pem"] } } },
      want: 'listen.https.certificates[0]: expected a certificate with cert and key, got "a.pem"',
    },
    {
      content: { listen: { https: { certificates: [{ cert: "a.pem" }] } } },
      want: "listen.https.certificates[0].key: expected the path of a PEM file, got nothing",
    },
    {
      content: { listen: { https: { certificates: [{ cert: "", key: "a.key" }] } } },
      want: 'listen.https.certificates[0].cert: expected the path of a PEM file, got ""',
    },
    {
      content: { listen: { https: { certificates: [{ cert: "a", key: "b", kye: "c" }] } } },
      want: 'listen.https.certificates[0].kye: expected one of cert, key, got an unknown setting, did you mean "key"?',
    },
    {
      content: { listen: { https: { certificates: [{ cert: "a\0b", key: "b" }] } } },
      want: expect.stringContaining("listen.https.certificates[0].cert: expected the path"),
    },
    {
      content: { listen: { https: { ciphers: ["ECDHE"] } } },
      want: "listen.https.ciphers: expected an OpenSSL cipher list, got a list",
    },
    {
      content: { listen: { https: { port: 8000, certificates: [{ cert: "a", key: "b" }] } } },
      want: "listen.https.port: expected a port of its own, got 8000, which is that of listen.http",
    },
    {
      content: { upstream: { balancing: "random" } },
      want: 'upstream.balancing: expected one of least-connections, round-robin, got "random"',
    },
    {
      content: { upstream: { ca_file: "" } },
      want: 'upstream.ca_file: expected the path of a PEM file, got ""',
    },
    {
      content: { upstream: { ca_file: true } },
      want: "upstream.ca_file: expected the path of a PEM file, got true",
    },
    {
      content: { upstream: { ca_file: "ca.pem", authorities: "system" } },
      want: "upstream.authorities: expected none beside upstream.ca_file, which takes its place, got system",
    },
    {
      content: { upstream: { client_certificate: { cert: "own.pem" } } },
      want: "upstream.client_certificate.key: expected the path of a PEM file, got nothing",
    },
    { content: { listen: null }, want: "listen: expected a section of settings, got nothing" },
    { content: [], want: ": expected a section of settings, got a list" },
    {
      content: { limits: { header_bytes: "16KB" } },
      want: 'limits.header_bytes: expected from 1024 to 65536 bytes, as a whole number or with KiB, MiB or GiB, got "16KB"',
    },
    {
      content: { lists: { values: "plain" } },
      want: 'lists.values: expected one of encrypted, hashed, got "plain"',
    },
    {
      content: { lists: { capacity: 1000 } },
      want: "lists.automatic_limit: expected at most lists.capacity (1000), got 100000",
    },
    {
      content: { management: { port: 8000 } },
      want: "management.port: expected a port of its own, got 8000, which is that of listen.http",
    },
    {
      content: { managment: {} },
      want: 'managment: expected one of listen, management, reports, edges, enforcement, trusted_proxies, client_address, automatic_denials, token_issuers, token_verification, via, limits, timeouts, upstream, websocket, lists, logs, got an unknown setting, did you mean "management"?',
    },
    {
      content: { timeouts: { "upstream-idle": "5s" } },
      want: 'timeouts.upstream-idle: expected one of request_body, request_total, upstream_connect, upstream_first_byte, upstream_idle, upstream_keep_alive, got an unknown setting, did you mean "upstream_idle"?',
    },
    {
      content: JSON.parse('{"__proto__":{"edges":1}}'),
      want: expect.stringContaining("__proto__: expected one of "),
    },
    {
      content: { upstream: JSON.parse('{"__proto__":{}}') },
      want: expect.stringContaining("upstream.__proto__: expected one of "),
    },
  ])("$want", ({ content, want }) => {
    expect(problems(content)).toEqual([want]);
  });

  test.for(["5", "5 s", " 5s", "05s", "1e3ms", "0s", "-1s", "61m", "2h", "5S", "∞", 5])(
    "%j is no time-out",
    (given) => {
      expect(problems({ timeouts: { upstream_idle: given } })).toHaveLength(1);
    },
  );

  test.for([
    { given: "0s", want: 0 },
    { given: "5m", want: 300_000 },
  ])("only a limit in total may be none: $given", ({ given, want }) => {
    const parsed = parseSettings({ timeouts: { request_total: given } }, "/etc");
    expect(parsed.ok && parsed.value.timeouts.requestTotal).toBe(want);
    expect(problems({ timeouts: { request_body: "0s" } })).toHaveLength(1);
    expect(problems({ timeouts: { request_total: "61m" } })).toHaveLength(1);
  });

  test.for(["a b", "a\r\nx: y", "a,b", "ä", "a".repeat(65), 1])("%j is no name for Via", (via) => {
    expect(problems({ via })).toHaveLength(1);
  });

  test.for([
    "0.0.0.0/0",
    "::/0",
    "10.0.0.0/33",
    "10.0.0.0/08",
    "10.0.0.0/",
    "010.0.0.1",
    "10.0.0",
    "fe80::1%eth0",
    "proxy.example",
    "",
    "10.0.0.0/8 ",
  ])("%j is no trusted proxy", (given) => {
    expect(problems({ trusted_proxies: ["10.0.0.0/8", given] })).toMatchObject([
      expect.stringMatching(/^trusted_proxies\[1\]: expected an IP address or a CIDR range/),
    ]);
  });

  test.for(["127.0.0.1:80", "[::1]", "http://x", "a b", "256.1.1.1", "1.2.3", "", "-x"])(
    "%j is no address to listen on",
    (given) => {
      expect(problems({ management: { host: given } })).toHaveLength(1);
    },
  );

  test("all issues are named at once", () => {
    const content = { edges: -1, nope: 1, timeouts: { upstream_idle: "x", nope: 1 }, logs: 3 };
    expect(problems(content)).toHaveLength(5);
  });

  test("a TLS listener without certificates takes no port from another", () => {
    expect(problems({ listen: { https: { port: 8010 } } })).toEqual([]);
  });

  test("a management listener beyond loopback is a warning", () => {
    const parsed = parseSettings({ management: { host: "0.0.0.0" } }, "/");
    expect(parsed).toMatchObject({ ok: true, warnings: [{ path: "management.host" }] });
  });
});
