import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

import { beforeAll, describe, expect, test } from "vitest";

import { headerOf } from "./support/answer.ts";
import { cli } from "./support/command-line.ts";
import { definition, pattern } from "./support/definition.ts";
import { jwt } from "./support/jwt.ts";
import { addTo } from "./support/management.ts";
import { parseMetrics } from "./support/metrics.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { ask, askEachEdge } from "./support/request.ts";
import { Upstream } from "./support/upstream.ts";

const USER = "ursula-the-user";
const TOKEN = jwt({ username: USER, client_id: "app" }, "c2VjcmV0LXNpZ25hdHVyZQ");
/** What must not be found in any file of the state: of clients who were denied, and of one who was not. */
const SECRETS = [
  TOKEN,
  USER,
  "secret-token-of-an-offender",
  "secret-cookie-of-an-offender",
  "secret-api-key-listed-by-hand",
  "secret-token-listed-by-hand",
  "secret-key-in-a-query",
];

let proxy: ProxyProcess;
let upstream: Upstream;

beforeAll(async () => {
  upstream = await Upstream.start();
  proxy = await ProxyProcess.start({
    apis: {
      shop: definition("/shop", upstream.port, {
        oauth2_access_token: true,
        cookie: "SESSION",
        apikey_qs: "key",
        jwt: { location: "h:authorization:bearer", username: "username", clientid: "client_id" },
        ...pattern({ methods_allowed: ["GET", "POST"], content_type_allowed: "application/json" }),
      }),
      keys: definition("/keys", upstream.port, { apikey_header: "x-key" }),
      down: definition("/down", 1),
    },
  });
});

describe("the probes", () => {
  test("answer without a secret, and tell the truth", async () => {
    for (const [path, status] of [
      ["/healthz", "ok"],
      ["/readyz", "ready"],
    ] as const) {
      const answer = await ask(proxy.managementPort, { path });
      expect(answer).toMatchObject({ status: 200, text: JSON.stringify({ status }) });
    }
  });

  test.for(["/v4/ase/status", "/v5/ase/status", "/v4/ase/firewall/blacklist", "/v4/ase/api"])(
    "are all that does: %s asks for one",
    async (path) => {
      const wrong = { "x-ase-access-key": "admin", "x-ase-secret-key": "admin" };
      const answer = await ask(proxy.managementPort, { path });
      expect(answer.status).toBe(401);
      expect(headerOf(answer, "www-authenticate")).toBe('AccessKey realm="portcullis"');
      expect((await ask(proxy.managementPort, { path, headers: wrong })).status).toBe(401);
    },
  );
});

describe("the metrics", () => {
  test("are Prometheus text, and count what happened, once each", async () => {
    const before = await readMetrics();
    await askEachEdge(proxy.port, { path: "/shop/a", headers: { authorization: "Bearer m1" } });
    await ask(proxy.port, {
      path: "/shop/a",
      method: "PUT",
      headers: { authorization: "Bearer m2" },
    });
    await askEachEdge(proxy.port, { path: "/shop/a", headers: { authorization: "Bearer m2" } });
    await ask(proxy.port, { path: "/shop/%zz" });
    await ask(proxy.port, { path: "/down/a" });
    await ask(proxy.port, {
      path: "/shop/a",
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "1234567",
    });
    await expect
      .poll(async () =>
        grown(before, await readMetrics(), 'portcullis_list_entries{list="deny",source="method"}'),
      )
      .toBe(1);
    const after = await readMetrics();
    for (const [name, by] of [
      ['portcullis_requests_total{api="shop",verdict="forward"}', 3],
      ['portcullis_requests_total{api="shop",verdict="block"}', 3],
      ['portcullis_objections_total{api="shop",reason="method"}', 1],
      ['portcullis_objections_total{api="shop",reason="deny-list"}', 2],
      ['portcullis_objections_total{api="",reason="malformed"}', 1],
      ['portcullis_forwarded_total{api="shop",outcome="answered"}', 3],
      ['portcullis_forwarded_total{api="down",outcome="bad-gateway"}', 1],
      ["portcullis_received_body_bytes_total", 7],
      ["portcullis_upstream_seconds_count", 4],
    ] as const) {
      expect([name, grown(before, after, name)]).toEqual([name, by]);
    }
    expect(after.get("portcullis_edges_listening")).toBe(2);
    expect(after.get("portcullis_apis")).toBe(3);
    const decided = [...after].filter(([name]) => name.startsWith("portcullis_requests_total"));
    const total = decided.reduce((sum, [, count]) => sum + count, 0);
    expect(after.get("portcullis_decision_seconds_count")).toBe(total);
    expect(after.get('portcullis_decision_seconds_bucket{le="0.000001"}')).toBeGreaterThanOrEqual(
      0,
    );
  });

  test("have no label that a client can choose", async () => {
    await ask(proxy.port, { path: "/made-up-by-a-client", host: "made-up.example" });
    const { text } = await ask(proxy.managementPort, { path: "/metrics" });
    expect(text).not.toContain("made-up");
  });
});

describe("the state directory", () => {
  test("holds no client's secret in clear, and nothing that others may read", async () => {
    const json = { "content-type": "application/json" };
    const requests = [
      { path: "/shop/a?key=secret-key-in-a-query", headers: { authorization: `Bearer ${TOKEN}` } },
      {
        path: "/shop/a",
        method: "PUT",
        headers: { authorization: "Bearer secret-token-of-an-offender" },
      },
      {
        path: "/shop/a",
        method: "PUT",
        headers: { cookie: "SESSION=secret-cookie-of-an-offender" },
      },
      { path: "/keys/a", headers: { "x-key": "secret-api-key-listed-by-hand", ...json } },
    ];
    const ids: string[] = [];
    for (const request of requests) {
      const answer = await ask(proxy.port, request);
      ids.push(headerOf(answer, "x-request-id") ?? "");
    }
    await addTo(proxy, "blacklist", { type: "token", value: "secret-token-listed-by-hand" });
    await addTo(proxy, "blacklist", {
      type: "api_key",
      name: "x-key",
      value: "secret-api-key-listed-by-hand",
    });
    await addTo(proxy, "whitelist", { type: "username", value: USER });
    await addTo(proxy, "blacklist", { type: "token", value: TOKEN });
    // They are there, for whoever may ask.
    const view = await cli(proxy, "view_blacklist");
    for (const listed of ["of-an-offender", "token-listed-by-hand", TOKEN])
      expect(view.out).toContain(listed);

    expect((await proxy.stop()).code).toBe(0);
    const files = readdirSync(proxy.state, { recursive: true, encoding: "utf8" })
      .map((name) => join(proxy.state, name))
      .filter((path) => statSync(path).isFile());
    expect(files.length).toBeGreaterThan(4);
    for (const file of files) {
      const bytes = readFileSync(file);
      expect(
        SECRETS.filter((secret) => bytes.includes(secret)).map((secret) => [file, secret]),
      ).toEqual([]);
      expect([file, statSync(file).mode & 0o077]).toEqual([file, 0]);
    }
    expect(statSync(proxy.state).mode & 0o777).toBe(0o700);
    expect(proxy.stdout + proxy.stderr).not.toContain(
      readFileSync(join(proxy.state, "admin-secret"), "utf8").trim(),
    );
    expectLogged(ids);
  });
});

/** Every request is one line of JSON; clients are in it as hashes, the same one for the same client. */
function expectLogged(ids: readonly string[]): void {
  const text = readFileSync(join(proxy.state, "logs", "access.log"), "utf8");
  const lines = text
    .trimEnd()
    .split("\n")
    .map((line): Record<string, unknown> => JSON.parse(line));
  for (const id of ids) {
    expect(lines.filter((line) => line["request_id"] === id)).toHaveLength(1);
  }
  const [withKey, withToken, withCookie] = ids.map((id) =>
    lines.find((line) => line["request_id"] === id),
  );
  const hash = /^[0-9a-f]{16}$/;
  expect(withKey).toMatchObject({
    method: "GET",
    path: "/shop/a",
    api: "shop",
    verdict: "forward",
    status: 200,
    bytes_out: 5,
    token: expect.stringMatching(hash),
    api_key: expect.stringMatching(hash),
    username: expect.stringMatching(hash),
  });
  expect(withToken).toMatchObject({
    verdict: "block",
    reason: "method",
    status: 401,
    token: expect.stringMatching(hash),
  });
  expect(withCookie).toMatchObject({
    verdict: "block",
    reason: "method",
    status: 401,
    cookie: expect.stringMatching(hash),
  });
}

async function readMetrics(): Promise<ReadonlyMap<string, number>> {
  const answer = await ask(proxy.managementPort, { path: "/metrics" });
  expect(headerOf(answer, "content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  return parseMetrics(answer.text);
}

function grown(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  name: string,
): number {
  return (after.get(name) ?? 0) - (before.get(name) ?? 0);
}
