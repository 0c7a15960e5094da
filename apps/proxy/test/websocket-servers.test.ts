import { expect, test } from "vitest";

import { definition } from "./support/definition.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { connectSocket, type Peer, refusalOf, WebSocketUpstream } from "./support/web-sockets.ts";

const HOST = "127.0.0.1";
/** Nobody listens there. */
const NOBODY = { host: HOST, port: 1 };

async function startWith(servers: readonly object[], more: object = {}): Promise<ProxyProcess> {
  const chat = definition("/chat", undefined, { protocol: "ws", servers, ...more });
  return ProxyProcess.start({ apis: { chat } });
}

async function hang(peers: readonly Peer[]): Promise<void> {
  for (const { socket } of peers) socket.close();
  await Promise.all(peers.map(({ closed }) => closed));
}

test("a server that cannot be reached costs no WebSocket: another one gets it", async () => {
  const upstream = await WebSocketUpstream.start();
  const proxy = await startWith([NOBODY, NOBODY, { host: HOST, port: upstream.port }]);
  const clients: Peer[] = [];
  for (let i = 0; i < 8; i++) clients.push(await connectSocket(proxy.port));
  expect(upstream.peers).toHaveLength(8);
  await hang(clients);
});

test("where none can be reached it is 502, after three", async () => {
  const proxy = await startWith([NOBODY, NOBODY, NOBODY, NOBODY]);
  expect(await refusalOf(proxy.port)).toMatchObject({ status: 502 });
});

test("a server that refuses a handshake has answered: nobody else is asked", async () => {
  const refusing = await WebSocketUpstream.start({ verifyClient: () => false });
  const proxy = await startWith([
    { host: HOST, port: refusing.port },
    { host: HOST, port: refusing.port },
  ]);
  expect(await refusalOf(proxy.port)).toMatchObject({ status: 401 });
});

test("sockets count for the quota of their server over all edges, until they are closed", async () => {
  const servers = await Promise.all([WebSocketUpstream.start(), WebSocketUpstream.start()]);
  const limited = servers.map(({ port }) => ({ host: HOST, port, server_connection_quota: 2 }));
  const proxy = await startWith(limited);
  const clients: Peer[] = [];
  for (let i = 0; i < 4; i++) clients.push(await connectSocket(proxy.port));
  expect(servers.map(({ peers }) => peers.length)).toEqual([2, 2]);
  for (let i = 0; i < 4; i++) {
    const refused = await refusalOf(proxy.port);
    expect(refused).toMatchObject({ status: 503, text: "Error: No Backend Available" });
  }
  await hang(clients.splice(0, 1));
  await expect.poll(() => servers.some(({ connections }) => connections === 1)).toBe(true);
  clients.push(await connectSocket(proxy.port));
  expect(await refusalOf(proxy.port)).toMatchObject({ status: 503 });
  await hang(clients);
});

test("the sockets of a session go to one server, and sessions spread over all", async () => {
  const servers = await Promise.all([WebSocketUpstream.start(), WebSocketUpstream.start()]);
  const proxy = await startWith(
    servers.map(({ port }) => ({ host: HOST, port })),
    { cookie: "SID", cookie_persistence_enabled: true },
  );
  const used = new Set<number>();
  for (let session = 0; session < 16; session++) {
    const before = servers.map(({ peers }) => peers.length);
    const headers = { cookie: `SID=session-${session}` };
    const clients: Peer[] = [];
    for (let i = 0; i < 3; i++) clients.push(await connectSocket(proxy.port, { headers }));
    const added = servers.map(({ peers }, at) => peers.length - (before[at] ?? 0));
    expect(added.toSorted((a, b) => a - b)).toEqual([0, 3]);
    used.add(added.indexOf(3));
    await hang(clients);
  }
  expect(used).toEqual(new Set([0, 1]));
});
