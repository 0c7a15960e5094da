import { expect, test } from "vitest";

import { definition } from "./support/definition.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import type { RawConnection } from "./support/raw-connection.ts";
import { connectToEdge } from "./support/request.ts";
import { plainAnswer, Upstream } from "./support/upstream.ts";
import { waitFor } from "./support/wait-for.ts";

const SERVED = { status: 200, text: "done" };
const UNAVAILABLE = { status: 503, text: "Error: No Backend Available" };

/** A proxy with one connection to its upstream, which answers when it is told to. */
async function start(maxWaiting: number): Promise<{ proxy: ProxyProcess; upstream: Upstream }> {
  const upstream = await Upstream.start();
  upstream.respond = () => undefined;
  const server = { host: "127.0.0.1", port: upstream.port };
  const proxy = await ProxyProcess.start({
    edges: 1,
    apis: {
      plain: definition("/plain", upstream.port),
      quota: definition("/quota", undefined, {
        health_check: false,
        servers: [{ ...server, server_connection_quota: 1 }],
        flow_control: { server_connection_queueing: true },
      }),
    },
    yaml: `upstream: { max_connections: 1, max_waiting: ${maxWaiting} }\n`,
  });
  return { proxy, upstream };
}

/** Sends a request on a connection of its own, and returns when it has been looked at. */
async function send({ port }: ProxyProcess, target: string): Promise<RawConnection> {
  const connection = await connectToEdge(port, 1);
  connection.send(`GET ${target} HTTP/1.1\r\nHost: api.example.com\r\n\r\n`);
  (await connectToEdge(port, 1)).close();
  return connection;
}

test.for(["/plain/a", "/quota/a"])(
  "as many requests for %s wait as may, in their order, and others are 503",
  async (target) => {
    const { proxy, upstream } = await start(2);
    const served: RawConnection[] = [];
    for (let n = 0; n < 3; n++) served.push(await send(proxy, target));
    for (let n = 0; n < 2; n++) {
      expect(await (await send(proxy, target)).answer()).toMatchObject(UNAVAILABLE);
    }
    for (const [at, connection] of served.entries()) {
      await waitFor("the request to arrive", () => upstream.requests.length === at + 1);
      for (const socket of upstream.sockets) socket.write(plainAnswer("done"));
      expect(await connection.answer()).toMatchObject(SERVED);
    }
    expect(upstream.requests).toHaveLength(3);
  },
);

test.for(["/plain/a", "/quota/a"])("with 0, no request for %s waits", async (target) => {
  const { proxy, upstream } = await start(0);
  const first = await send(proxy, target);
  await waitFor("the request to arrive", () => upstream.requests.length === 1);
  expect(await (await send(proxy, target)).answer()).toMatchObject(UNAVAILABLE);
  for (const socket of upstream.sockets) socket.write(plainAnswer("done"));
  expect(await first.answer()).toMatchObject(SERVED);
});
