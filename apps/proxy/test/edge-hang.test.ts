import { fileURLToPath } from "node:url";

import { expect, test } from "vitest";

import { definition } from "./support/definition.ts";
import { addTo, manage } from "./support/management.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { ask, askOver, connectToEdge } from "./support/request.ts";
import { plainAnswer, Upstream } from "./support/upstream.ts";

const CRASH_EDGE = fileURLToPath(new URL("support/crash-edge.mjs", import.meta.url));
const OFFENDER = { path: "/shop/a", headers: { authorization: "Bearer offender" } };

// The engine aborts the process when a thread that runs its code is terminated. A thread that hangs
// keeps its part of the connections, so that there is nothing better than to end in order.
test.for([
  { name: "by its silence", changes: false },
  { name: "by a change that it does not take", changes: true },
])("an edge that hangs is found $name: the others end in order, then the process", async (row) => {
  const upstream = await Upstream.start();
  const apis = { shop: definition("/shop", upstream.port, { oauth2_access_token: true }) };
  const proxy = await ProxyProcess.start({
    apis,
    nodeArguments: ["--import", CRASH_EDGE],
    environment: { EDGE_FAULT: "for (;;);" },
  });
  await addTo(proxy, "blacklist", { type: "token", value: "offender" });
  upstream.respond = () => undefined;
  const [hanging, other] = [await connectToEdge(proxy.port, 1), await connectToEdge(proxy.port, 2)];
  other.send("GET /shop/a HTTP/1.1\r\nHost: api.example.com\r\n\r\n");
  await expect.poll(() => upstream.requests.length).toBe(1);
  proxy.child.kill("SIGUSR2");
  const change = row.changes
    ? manage(proxy, "POST", "/api?api_id=new", definition("/new", upstream.port))
    : undefined;
  await expect.poll(() => proxy.stderr, { timeout: 30_000 }).toContain("edge 1 does not answer");
  expect((await ask(proxy.managementPort, { path: "/readyz" })).status).toBe(503);
  for (const socket of upstream.sockets) socket.write(plainAnswer("late"));
  expect(await other.answer()).toMatchObject({ status: 200, text: "late" });
  expect(await proxy.exited).toEqual({ code: null, signal: "SIGKILL" });
  await change?.catch(() => undefined);
  hanging.close();

  const again = await ProxyProcess.start({ config: proxy.config, state: proxy.state });
  expect((await ask(again.port, OFFENDER)).status).toBe(403);
  upstream.respond = () => plainAnswer("hello");
  const connection = await connectToEdge(again.port, 1);
  const path = row.changes ? "/new/a" : "/shop/a";
  expect(await askOver(connection, { path })).toMatchObject({ status: 200 });
});
