import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";

import { expect, test } from "vitest";

import type { LoadPlan, StreamTimes } from "../src/blocking-latency/load-plan.ts";

const GENERATOR = fileURLToPath(
  new URL("../dist/blocking-latency/load-generator.js", import.meta.url),
);
const CONNECTIONS = 64;

async function generate(plan: LoadPlan): Promise<readonly StreamTimes[]> {
  const child = fork(GENERATOR);
  child.send(plan);
  const [times]: unknown[] = await once(child, "message");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the generator sends
  return times as readonly StreamTimes[];
}

test("all requests of a stream are sent, over all connections in turn, so that none is idle until its server closes it", async () => {
  const served = new Map<Socket, number>();
  const server = createServer((request, response) => {
    served.set(request.socket, (served.get(request.socket) ?? 0) + 1);
    response.end("ok");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("no port");
  const { port } = address;
  const requests = ["GET / HTTP/1.1\r\nHost: bench\r\n\r\n"];
  const stream = { name: "lawful", port, perSecond: 1000, requests, isRefused: false };
  const [times] = await generate({ streams: [stream], seconds: 0.5, warmUpSeconds: 0.1 });
  server.closeAllConnections();
  server.close();

  expect(times).toMatchObject({ name: "lawful", failed: 0 });
  expect(times?.latencies).toHaveLength(500);
  const counts = [...served.values()];
  expect(counts).toHaveLength(CONNECTIONS);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(600);
  expect(Math.min(...counts)).toBeGreaterThan(0);
});
