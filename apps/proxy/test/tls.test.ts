import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { beforeAll, beforeEach, describe, expect, test } from "vitest";

import { headerOf } from "./support/answer.ts";
import { FIRST, SECOND } from "./support/certificates.ts";
import { definition, pattern } from "./support/definition.ts";
import { isOldBuild } from "./support/engine.ts";
import { https } from "./support/https.ts";
import { change } from "./support/management.ts";
import { BASE_YAML, ProxyProcess } from "./support/proxy-process.ts";
import { RawConnection } from "./support/raw-connection.ts";
import { ask, askEachEdge, askOver, connectToEdge } from "./support/request.ts";
import { Upstream } from "./support/upstream.ts";

const TLS = { tls: {} };
const NO_DETECTION = "enforcement: { ase_detected_attack: false }\n";

describe("the TLS listener", () => {
  let proxy: ProxyProcess;
  let upstream: Upstream;

  beforeAll(async () => {
    upstream = await Upstream.start();
    const secure = { protocol_allowed: "https" };
    const redirect = {
      http_redirect: {
        response_code: 302,
        response_def: "Found",
        https_url: "https://shop.example/redirected",
      },
    };
    proxy = await ProxyProcess.start({
      apis: {
        shop: definition("/shop", upstream.port),
        secure: definition("/secure", upstream.port, pattern(secure)),
        moved: definition("/moved", upstream.port, pattern({ ...secure, ...redirect })),
        plain: definition("/plain", upstream.port, pattern({ protocol_allowed: "http" })),
      },
      yaml: NO_DETECTION,
      ...https(FIRST, SECOND),
    });
  });

  beforeEach(() => upstream.forget());

  test("forwards on every edge, and tells the upstream how the request came", async () => {
    for (const answer of await askEachEdge(proxy.httpsPort, { path: "/shop/a", ...TLS })) {
      expect(answer).toMatchObject({ status: 200, text: "hello" });
    }
    for (const answer of await askEachEdge(proxy.port, { path: "/shop/b" })) {
      expect(answer.status).toBe(200);
    }
    expect(
      upstream.requests.map((each) => [each.target, headerOf(each, "x-forwarded-proto")]),
    ).toEqual([
      ["/shop/a", "https"],
      ["/shop/a", "https"],
      ["/shop/b", "http"],
      ["/shop/b", "http"],
    ]);
  });

  test("is not believed from a client's header", async () => {
    const headers = { "x-forwarded-proto": "https", forwarded: "proto=https" };
    expect((await ask(proxy.port, { path: "/secure/a", headers })).status).toBe(401);
    await ask(proxy.port, { path: "/shop/a", headers });
    expect(upstream.requests.map((each) => headerOf(each, "x-forwarded-proto"))).toEqual(["http"]);
  });

  test.for([
    { path: "/secure/a", over: "TLS", status: 200 },
    { path: "/secure/a", over: "plain HTTP", status: 401 },
    { path: "/moved/a", over: "TLS", status: 200 },
    { path: "/moved/a", over: "plain HTTP", status: 302 },
    { path: "/plain/a", over: "TLS", status: 401 },
    { path: "/plain/a", over: "plain HTTP", status: 200 },
  ])("is what an API's protocol is about: $path over $over is $status", async (row) => {
    const isSecure = row.over === "TLS";
    const port = isSecure ? proxy.httpsPort : proxy.port;
    const request = { path: row.path, ...(isSecure ? TLS : {}) };
    for (const answer of await askEachEdge(port, request)) {
      expect(answer.status).toBe(row.status);
      expect(headerOf(answer, "location")).toBe(
        row.status === 302 ? "https://shop.example/redirected" : undefined,
      );
    }
  });

  test.for([
    { serverName: undefined, names: "first.test" },
    { serverName: "first.test", names: "first.test" },
    { serverName: "second.test", names: "second.test" },
    { serverName: "any.wild.test", names: "second.test" },
    { serverName: "wild.test", names: "first.test" },
    { serverName: "deep.any.wild.test", names: "first.test" },
    { serverName: "nobody.test", names: "first.test" },
  ])("shows who asks for $serverName the certificate for $names", async (row) => {
    const tls = row.serverName === undefined ? {} : { serverName: row.serverName };
    for (const edge of [1, 2]) {
      const connection = await connectToEdge(proxy.httpsPort, edge, { tls });
      expect(connection.certificateNames).toContain(`DNS:${row.names}`);
      expect((await askOver(connection, { path: "/secure/a" })).status).toBe(200);
      connection.close();
    }
  });

  test.for([
    { version: "TLSv1.3", outcome: 200 },
    { version: "TLSv1.2", outcome: 200 },
    { version: "TLSv1.1", outcome: "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION" },
    { version: "TLSv1", outcome: "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION" },
  ] as const)("answers $version: $outcome", async ({ outcome, version }) => {
    const answer = ask(proxy.httpsPort, { path: "/shop/a", tls: { version } });
    const got: unknown = await answer.then(
      ({ status }) => status,
      (error: unknown) => error instanceof Error && "code" in error && error.code,
    );
    expect(got).toBe(outcome);
  });

  test("closes on who speaks no TLS, and goes on", async () => {
    const connection = await RawConnection.open(proxy.httpsPort);
    connection.send("GET /shop/a HTTP/1.1\r\nHost: api.example.com\r\n\r\n");
    expect(await connection.end()).not.toContain("HTTP/1.1 200");
    expect((await ask(proxy.httpsPort, { path: "/shop/a", ...TLS })).status).toBe(200);
    expect(upstream.requests).toHaveLength(1);
  });

  test("is named in the status", async () => {
    expect(await change(proxy, "GET", "/status")).toMatchObject({ https: proxy.httpsPort });
  });

  test("leaves its copies of the keys to their owner, and none when it has ended", async () => {
    const own = await ProxyProcess.start({ ...https(FIRST, SECOND) });
    const copies = join(own.state, "tls");
    const modes = readdirSync(copies, { recursive: true, encoding: "utf8" }).map(
      (name) => `${name} ${(statSync(join(copies, name)).mode & 0o777).toString(8)}`,
    );
    expect(modes.toSorted()).toEqual([
      "1 700",
      "1/0.cert.pem 600",
      "1/0.key.pem 600",
      "1/1.cert.pem 600",
      "1/1.key.pem 600",
    ]);
    // What a killed one leaves, the next one clears away, though it speaks no TLS.
    await own.kill();
    writeFileSync(join(own.config, "portcullis.yaml"), BASE_YAML);
    const next = await ProxyProcess.start({ config: own.config, state: own.state });
    expect(existsSync(copies)).toBe(false);
    await next.stop();
  });

  test.for<{
    readonly name: string;
    readonly head: string;
    readonly path?: string;
    /** What 20.57 says of the rest, where it comes before our answer. */
    readonly alsoSaid?: number;
  }>([
    {
      name: "two lengths",
      head: "Content-Length: 4\r\nContent-Length: 5\r\n",
      ...(!isOldBuild && { alsoSaid: 505 }),
    },
    { name: "both framings", head: "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n" },
    { name: "an unknown coding", head: "Transfer-Encoding: gzip, chunked\r\n" },
    { name: "two hosts", head: "Host: other.example\r\n" },
    { name: "a way out of the path", head: "", path: "/shop/%2e%2e/secure" },
  ])("refuses $name, and serves nothing that came behind it", async ({ alsoSaid, head, path }) => {
    const smuggled = "GET /shop/smuggled HTTP/1.1\r\nHost: api.example.com\r\n\r\n";
    for (const edge of [1, 2]) {
      for (const pause of [false, true]) {
        const connection = await connectToEdge(proxy.httpsPort, edge, TLS);
        const first = `POST ${path ?? "/shop/a"} HTTP/1.1\r\nHost: api.example.com\r\n${head}\r\n`;
        // In one TLS record, and in two that arrive together.
        if (pause) connection.send(first);
        connection.send(pause ? `0\r\n\r\n${smuggled}` : `${first}0\r\n\r\n${smuggled}`);
        const received = await connection.end();
        const status = /^HTTP\/1\.1 (\d+) /.exec(received)?.[1];
        expect(["400", String(alsoSaid), ""]).toContain(status ?? received);
        expect(received.split("HTTP/1.1 ").length).toBeLessThanOrEqual(2);
      }
    }
    const next = await ask(proxy.httpsPort, { path: "/shop/next", ...TLS });
    expect(next.status).toBe(200);
    expect(upstream.requests.map((each) => each.target)).toEqual(["/shop/next"]);
  });
});
