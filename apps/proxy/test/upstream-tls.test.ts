import { describe, expect, test } from "vitest";

import { FIRST, RENEWED, SECOND } from "./support/certificates.ts";
import { definition } from "./support/definition.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { askEachEdge } from "./support/request.ts";
import { Upstream } from "./support/upstream.ts";

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

  test("are verified by the system's authorities without one, which do not know ours", async () => {
    const upstream = await Upstream.start(FIRST);
    const proxy = await ProxyProcess.start({ apis: { shop: secured("/shop", upstream) } });
    for (const answer of await askEachEdge(proxy.port, { path: "/shop/a" })) {
      expect(answer.status).toBe(502);
    }
    expect(upstream.requests).toEqual([]);
  });
});
