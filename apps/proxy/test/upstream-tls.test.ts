import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TlsOptions } from "node:tls";

import { describe, expect, test } from "vitest";

import { headerOf } from "./support/answer.ts";
import { FIRST, RENEWED, SECOND, type TestCertificate } from "./support/certificates.ts";
import { temporaryDirectory } from "./support/cleanup.ts";
import { definition } from "./support/definition.ts";
import { agreeing, HANDSHAKE, requestWith } from "./support/handshake.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { RawConnection } from "./support/raw-connection.ts";
import { askEachEdge } from "./support/request.ts";
import { plainAnswer, Upstream } from "./support/upstream.ts";

function secured(url: string, { port }: Upstream): string {
  return definition(url, port, { server_ssl: true });
}

describe("servers that are spoken to over TLS", () => {
  test("are verified by every authority in the file, and by their address", async () => {
    const trusted = await Upstream.start(FIRST);
    const misnamed = await Upstream.start(SECOND);
    const unknown = await Upstream.start(RENEWED);
    const proxy = await ProxyProcess.start({
      apis: {
        trusted: secured("/trusted", trusted),
        misnamed: secured("/misnamed", misnamed),
        unknown: secured("/unknown", unknown),
        plain: definition("/plain", trusted.port),
      },
      yaml: `upstream: { ca_file: ca.pem }\n`,
      files: { "ca.pem": `# two of them\n${SECOND.cert}\n${FIRST.cert}` },
    });
    const statuses: Record<string, number[]> = {};
    for (const name of ["trusted", "misnamed", "unknown", "plain"]) {
      const answers = await askEachEdge(proxy.port, { path: `/${name}/a` });
      statuses[name] = answers.map(({ status }) => status);
    }
    expect(statuses).toEqual({
      trusted: [200, 200],
      misnamed: [502, 502],
      unknown: [502, 502],
      plain: [502, 502],
    });
    expect(misnamed.requests.concat(unknown.requests)).toEqual([]);
  });

  test.for([
    { name: "the system's, which do not know ours", yaml: "", want: 502 },
    {
      name: "the system's, from the file that its environment names",
      yaml: "",
      environment: true,
      want: 200,
    },
    {
      name: "the same, asked for",
      yaml: "upstream: { authorities: system }\n",
      environment: true,
      want: 200,
    },
    {
      name: "those of Node, whatever the system's are",
      yaml: "upstream: { authorities: node }\n",
      environment: true,
      want: 502,
    },
  ])("are verified by $name", async ({ environment = false, want, yaml }) => {
    const upstream = await Upstream.start(FIRST);
    const file = join(temporaryDirectory(), "system.pem");
    writeFileSync(file, FIRST.cert);
    const proxy = await ProxyProcess.start({
      apis: { shop: secured("/shop", upstream) },
      yaml,
      environment: environment ? { SSL_CERT_FILE: file } : {},
    });
    for (const answer of await askEachEdge(proxy.port, { path: "/shop/a" })) {
      expect(answer.status).toBe(want);
    }
    expect(upstream.requests).toHaveLength(want === 200 ? 2 : 0);
  });

  test.for([
    { name: "cannot be read", text: undefined, want: /expected a PEM file, got ENOENT/ },
    {
      name: "holds none",
      text: "# nothing",
      want: /expected certificates of authorities, got none/,
    },
    {
      name: "holds what is none",
      text: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
      want: /expected certificates of authorities, got, as number 1: /,
    },
  ])("a file of the system's that $name stops the start", async ({ text, want }) => {
    const file = join(temporaryDirectory(), "system.pem");
    if (text !== undefined) writeFileSync(file, text);
    const proxy = ProxyProcess.launch({ environment: { SSL_CERT_FILE: file } });
    expect(await proxy.exited).toMatchObject({ code: 1 });
    expect(proxy.stderr).toMatch(want);
  });

  test("are asked for by the name in the definition, and by none where that is an address", async () => {
    const names: string[] = [];
    const upstream = await Upstream.start(
      withOptions({
        SNICallback: (name, done) => {
          names.push(name);
          done(null);
        },
      }),
    );
    const servers = [{ host: "localhost", port: upstream.port }];
    const proxy = await ProxyProcess.start({
      apis: {
        named: definition("/named", undefined, { server_ssl: true, servers }),
        address: secured("/address", upstream),
      },
      yaml: "upstream: { ca_file: ca.pem }\n",
      files: { "ca.pem": FIRST.cert },
    });
    await askEachEdge(proxy.port, { path: "/address/a" });
    expect(names).toEqual([]);
    await askEachEdge(proxy.port, { path: "/named/a" });
    expect(names).toEqual(["localhost", "localhost"]);
    expect(upstream.requests).toHaveLength(4);
  });
});

describe("servers that ask for a certificate", () => {
  const asking = { requestCert: true, rejectUnauthorized: true, ca: SECOND.cert };

  test.for([
    { name: "the one that they trust", certificate: SECOND, want: 200 },
    { name: "none", certificate: undefined, want: 502 },
    { name: "one that they do not know", certificate: RENEWED, want: 502 },
  ])("are shown $name: $want, and a WebSocket fares the same", async ({ certificate, want }) => {
    const upstream = await Upstream.start(withOptions(asking));
    upstream.respond = (request) =>
      headerOf(request, "upgrade") === undefined
        ? plainAnswer("hello")
        : agreeing(request.headers, "");
    const proxy = await ProxyProcess.start({
      apis: {
        shop: secured("/shop", upstream),
        chat: definition("/chat", upstream.port, { server_ssl: true, protocol: "ws" }),
      },
      yaml:
        certificate === undefined
          ? "upstream: { ca_file: ca.pem }\n"
          : "upstream: { ca_file: ca.pem, client_certificate: { cert: own.pem, key: own.key } }\n",
      files: {
        "ca.pem": FIRST.cert,
        "own.pem": certificate?.cert ?? "",
        "own.key": certificate?.key ?? "",
      },
    });
    for (const answer of await askEachEdge(proxy.port, { path: "/shop/a" })) {
      expect(answer.status).toBe(want);
    }
    const socket = await RawConnection.open(proxy.port);
    socket.send(requestWith("/chat", HANDSHAKE));
    expect((await socket.answer()).status).toBe(want === 200 ? 101 : want);
    expect(upstream.requests).toHaveLength(want === 200 ? 3 : 0);
  });

  test.for([
    {
      name: "without its key",
      pem: SECOND.cert,
      key: "",
      want: /own\.pem: expected a certificate/,
    },
    { name: "with another's key", pem: SECOND.cert, key: FIRST.key, want: /key values mismatch/ },
    { name: "that is none", pem: "", key: SECOND.key, want: /own\.pem: expected a certificate/ },
  ])("a certificate $name stops the start", async ({ key, pem, want }) => {
    const proxy = ProxyProcess.launch({
      yaml: "upstream: { client_certificate: { cert: own.pem, key: own.key } }\n",
      files: { "own.pem": pem, "own.key": key },
    });
    expect(await proxy.exited).toMatchObject({ code: 1 });
    expect(proxy.stderr).toMatch(want);
    expect(proxy.stderr).not.toContain("PRIVATE");
  });
});

/** The first certificate, and what else a TLS server is told. */
function withOptions(more: TlsOptions): TestCertificate {
  return { ...more, ...FIRST };
}
