import { readFileSync } from "node:fs";
import { join } from "node:path";

import { afterEach, beforeAll, describe, expect, test } from "vitest";

import { definition, type Metadata } from "./support/definition.ts";
import { addTo, change, clearLists } from "./support/management.ts";
import { parseMetrics } from "./support/metrics.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { ask } from "./support/request.ts";
import { connectSocket, type Peer, WebSocketUpstream } from "./support/web-sockets.ts";

const TOO_MANY = { code: 1008, reason: "too many bytes" };

let upstream: WebSocketUpstream;
let proxy: ProxyProcess;
let nextAddress = 1;

beforeAll(async () => {
  upstream = await WebSocketUpstream.start();
  const api = (url: string, more: Metadata): string =>
    definition(url, upstream.port, { protocol: "ws", ...more });
  // Periods of an hour: a test that runs across the hour's end is rarer than one across a second's.
  proxy = await ProxyProcess.start({
    apis: {
      chat: api("/chat", {}),
      in: api("/in", { flow_control: { bytes_in_threshold: "1000/hour" } }),
      out: api("/out", { flow_control: { bytes_out_threshold: "1000/hour" } }),
      watched: api("/watched", {
        enable_blocking: false,
        flow_control: { bytes_in_threshold: "1000/hour" },
      }),
    },
  });
});

afterEach(async () => {
  await clearLists(proxy);
});

/** An address that has sent nothing yet. */
function freshAddress(): string {
  return `127.0.4.${nextAddress++}`;
}

async function echo(client: Peer, bytes: number): Promise<void> {
  const { length } = client.messages;
  client.socket.send("x".repeat(bytes));
  await client.texts(length + 1);
}

describe("bytes_in_threshold", () => {
  test("lets its count through and drops the session with what is past it", async () => {
    const client = await connectSocket(proxy.port, { path: "/in", from: freshAddress() });
    await echo(client, 400);
    await echo(client, 600);
    client.socket.send("x");
    expect(await client.closed).toEqual(TOO_MANY);
    expect(upstream.last.messages.length).toBe(2);
    expect(await upstream.last.closed).toEqual({ code: 1001, reason: "" });
  });

  test("counts all sockets of an address on all edges together, and other addresses apart", async () => {
    const from = freshAddress();
    const clients: Peer[] = [];
    const edges = new Set<string>();
    // The kernel spreads connections as it likes.
    while (clients.length < 100 && (clients.length < 11 || edges.size < 2)) {
      clients.push(await connectSocket(proxy.port, { path: "/in", from }));
      edges.add(edgeOf(upstream.last));
    }
    expect(edges.size).toBe(2);
    for (const client of clients.slice(-10)) await echo(client, 100);
    const other = await connectSocket(proxy.port, { path: "/in", from: freshAddress() });
    await echo(other, 1000);
    clients[0]?.socket.send("x");
    expect(await clients[0]?.closed).toEqual(TOO_MANY);
    for (const client of [...clients, other]) client.socket.terminate();
  });

  test("holds for a new session of the address", async () => {
    const from = freshAddress();
    const client = await connectSocket(proxy.port, { path: "/in", from });
    client.socket.send("x".repeat(5000));
    expect(await client.closed).toEqual(TOO_MANY);
    const again = await connectSocket(proxy.port, { path: "/in", from });
    again.socket.send("x");
    expect(await again.closed).toEqual(TOO_MANY);
  });

  test("does not hold for what goes out, nor on another API", async () => {
    const from = freshAddress();
    const client = await connectSocket(proxy.port, { path: "/in", from });
    upstream.last.socket.send("x".repeat(5000));
    await client.texts(1);
    expect(client.messages[0]?.data.length).toBe(5000);
    const other = await connectSocket(proxy.port, { path: "/chat", from });
    await echo(other, 5000);
    for (const each of [client, other]) each.socket.terminate();
  });

  test("does not stop an allowed client, nor one of an API that does not block", async () => {
    const from = freshAddress();
    await addTo(proxy, "whitelist", { type: "ip", value: from });
    const allowed = await connectSocket(proxy.port, { path: "/in", from });
    await echo(allowed, 5000);
    const watched = await connectSocket(proxy.port, { path: "/watched", from: freshAddress() });
    await echo(watched, 5000);
    await change(proxy, "POST", "/firewall?status=disable");
    const free = await connectSocket(proxy.port, { path: "/in", from: freshAddress() });
    await echo(free, 5000);
    await change(proxy, "POST", "/firewall?status=enable");
    const clients = [allowed, watched, free];
    expect(clients.map((client) => client.isClosed)).toEqual([false, false, false]);
    for (const each of clients) each.socket.terminate();
  });
});

describe("bytes_out_threshold", () => {
  test("drops the session, and what is past it does not reach the client", async () => {
    const client = await connectSocket(proxy.port, { path: "/out", from: freshAddress() });
    await echo(client, 1000);
    upstream.last.socket.send("x");
    expect(await client.closed).toEqual(TOO_MANY);
    expect(client.messages.length).toBe(1);
  });
});

describe("what is recorded of a WebSocket", () => {
  test("is one line of the access log at its end, and metrics as it goes", async () => {
    const own = await ProxyProcess.start({
      apis: { chat: definition("/chat", upstream.port, { protocol: "ws" }) },
    });
    const client = await connectSocket(own.port, { path: "/chat/room?secret=1" });
    await echo(client, 10);
    await echo(client, 90);
    const metrics = async (): Promise<ReadonlyMap<string, number>> =>
      parseMetrics((await ask(own.managementPort, { path: "/metrics" })).text);
    const open = await metrics();
    expect(open.get("portcullis_websockets_open")).toBe(1);
    for (const direction of ["in", "out"]) {
      const label = `{direction="${direction}"}`;
      expect(open.get(`portcullis_websocket_messages_total${label}`)).toBe(2);
      expect(open.get(`portcullis_websocket_bytes_total${label}`)).toBe(100);
    }
    await addTo(own, "blacklist", { type: "ip", value: "127.0.0.1" });
    await client.closed;
    await expect
      .poll(async () => (await metrics()).get('portcullis_websockets_cut_total{cause="denied"}'))
      .toBe(1);
    expect((await metrics()).get("portcullis_websockets_open")).toBe(0);
    expect(await own.stop()).toEqual({ code: 0, signal: null });
    const lines = readFileSync(join(own.state, "logs", "access.log"), "utf8")
      .trim()
      .split("\n");
    expect(lines.length).toBe(1);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      method: "GET",
      path: "/chat/room",
      status: 101,
      reason: "denied",
      bytes_in: 100,
      bytes_out: 100,
    });
  });
});

/** Which edge a connection came through: its request id says so. */
function edgeOf({
  request,
}: {
  readonly request: { readonly headers: NodeJS.Dict<string | string[]> };
}): string {
  return String(request.headers["x-request-id"]).split("-")[1] ?? "";
}
