import { beforeAll, describe, expect, test } from "vitest";

import { definition } from "./support/definition.ts";
import { parseMetrics } from "./support/metrics.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { ask } from "./support/request.ts";
import { connectSocket, WebSocketUpstream } from "./support/web-sockets.ts";

const CHAT = { protocol: "ws" };

let upstream: WebSocketUpstream;
let proxy: ProxyProcess;

beforeAll(async () => {
  upstream = await WebSocketUpstream.start();
  proxy = await ProxyProcess.start({ apis: { chat: definition("/chat", upstream.port, CHAT) } });
});

describe("a close", () => {
  const codes = [
    { name: "with 1000", code: 1000, reason: "done" },
    { name: "with 1000 and no reason", code: 1000, reason: "" },
    { name: "with 1001", code: 1001, reason: "leaving" },
    { name: "with 1011", code: 1011, reason: "trouble" },
    { name: "with 4000", code: 4000, reason: "own words" },
    { name: "with 4999 and a reason of 123 bytes", code: 4999, reason: "é".repeat(61) + "x" },
  ];
  const own = { name: "with 3000, which libraries use", code: 3000, reason: "unauthorized" };

  test.for(codes)("of the client reaches the upstream $name", async ({ code, reason }) => {
    const client = await connectSocket(proxy.port);
    client.socket.close(code, reason);
    expect(await upstream.last.closed).toEqual({ code, reason });
    expect(await client.closed).toEqual({ code, reason });
  });

  test.for([...codes, own])("of the upstream reaches the client $name", async (row) => {
    const { code, reason } = row;
    const client = await connectSocket(proxy.port);
    upstream.last.socket.close(code, reason);
    expect(await client.closed).toEqual({ code, reason });
    expect(await upstream.last.closed).toEqual({ code, reason });
  });

  test("without a code reaches the other side without one", async () => {
    const client = await connectSocket(proxy.port);
    client.socket.close();
    expect(await upstream.last.closed).toEqual({ code: 1005, reason: "" });
    const other = await connectSocket(proxy.port);
    upstream.last.socket.close();
    expect(await other.closed).toEqual({ code: 1005, reason: "" });
  });

  test("of the client with a code the engine does not know is a cut to the upstream", async () => {
    const client = await connectSocket(proxy.port);
    client.socket.close(3000, "own words");
    expect(await upstream.last.closed).toEqual({ code: 1006, reason: "" });
    expect(await client.closed).toEqual({ code: 1005, reason: "" });
  });

  test("right behind a message does not overtake it", async () => {
    const client = await connectSocket(proxy.port);
    const last = "x".repeat(100_000);
    client.socket.send(last);
    client.socket.close(1000, "done");
    await upstream.last.closed;
    expect(upstream.last.messages.map(({ data }) => data.toString())).toEqual([last]);
    const other = await connectSocket(proxy.port);
    upstream.last.socket.send(last);
    upstream.last.socket.close(1000, "done");
    expect(await other.closed).toEqual({ code: 1000, reason: "done" });
    expect(other.messages.map(({ data }) => data.toString())).toEqual([last]);
  });
});

describe("a connection that is cut", () => {
  test("by the client is cut to the upstream", async () => {
    const client = await connectSocket(proxy.port);
    client.socket.terminate();
    expect(await upstream.last.closed).toEqual({ code: 1006, reason: "" });
  });

  test("by the upstream is cut to the client", async () => {
    const client = await connectSocket(proxy.port);
    upstream.last.socket.terminate();
    expect(await client.closed).toEqual({ code: 1006, reason: "" });
  });

  test("by the upstream in the middle of a message is cut, and nothing of it arrives", async () => {
    const client = await connectSocket(proxy.port);
    upstream.last.socket.send("half a mess", { fin: false });
    upstream.last.socket.terminate();
    expect(await client.closed).toEqual({ code: 1006, reason: "" });
    expect(client.messages).toEqual([]);
  });

  test.for([
    { name: "text that is not UTF-8", bytes: Buffer.from([0x80, 0x81]) },
    { name: "a surrogate in UTF-8", bytes: Buffer.from([0xed, 0xa0, 0x80]) },
  ])("is what becomes of $name, from either side", async ({ bytes }) => {
    const client = await connectSocket(proxy.port);
    client.socket.send(bytes, { binary: false });
    expect((await client.closed).code).toBe(1006);
    expect((await upstream.last.closed).code).toBe(1006);
    const other = await connectSocket(proxy.port);
    upstream.last.socket.send(bytes, { binary: false });
    expect((await other.closed).code).toBe(1006);
    expect((await upstream.last.closed).code).toBe(1007);
    expect([...upstream.last.messages, ...other.messages]).toEqual([]);
  });
});

test("when all are over, no connection to an upstream is left", async () => {
  await expect.poll(() => upstream.connections).toBe(0);
  const metrics = await metricsOf(proxy);
  expect(metrics.get("portcullis_websockets_open")).toBe(0);
});

describe("a limit", () => {
  test("on messages closes with 1009, and lets the largest through", async () => {
    const small = await ProxyProcess.start({
      apis: { chat: definition("/chat", upstream.port, CHAT) },
      yaml: "websocket: { max_message_bytes: 1KiB }\n",
    });
    const client = await connectSocket(small.port);
    client.socket.send("x".repeat(1024));
    expect(await client.texts(1)).toEqual(["x".repeat(1024)]);
    client.socket.send("x".repeat(1025));
    expect((await client.closed).code).toBe(1009);
    expect(await upstream.last.closed).toEqual({ code: 1001, reason: "" });
    expect(upstream.last.messages.length).toBe(1);
    const bomb = await connectSocket(small.port, { perMessageDeflate: { threshold: 0 } });
    bomb.socket.send("x".repeat(100_000));
    expect((await bomb.closed).code).toBe(1006);
    const other = await connectSocket(small.port);
    upstream.last.socket.send("x".repeat(1025));
    expect((await other.closed).code).toBe(1006);
    expect((await upstream.last.closed).code).toBe(1009);
    expect(other.messages).toEqual([]);
  });

  test("on idleness closes with 1001, which messages put off and pings do not", async () => {
    const short = await ProxyProcess.start({
      apis: { chat: definition("/chat", upstream.port, CHAT) },
      yaml: "websocket: { idle_timeout: 300ms }\n",
    });
    const busy = await connectSocket(short.port);
    const idle = await connectSocket(short.port);
    let isOver = false;
    const keepBusy = (): void => {
      if (!isOver) busy.socket.send("tick");
    };
    busy.socket.on("message", () => setTimeout(keepBusy, 50));
    keepBusy();
    idle.socket.on("pong", () => idle.socket.ping());
    idle.socket.ping();
    expect(await idle.closed).toEqual({ code: 1001, reason: "idle" });
    expect(busy.isClosed).toBe(false);
    isOver = true;
    expect(await busy.closed).toEqual({ code: 1001, reason: "idle" });
    expect((await metricsOf(short)).get('portcullis_websockets_cut_total{cause="idle"}')).toBe(2);
  });

  test("on life closes with 1001, however busy", async () => {
    const short = await ProxyProcess.start({
      apis: { chat: definition("/chat", upstream.port, CHAT) },
      yaml: "websocket: { max_lifetime: 300ms }\n",
    });
    const client = await connectSocket(short.port);
    client.socket.on("message", (data: Buffer) => client.socket.send(data));
    client.socket.send("round and round");
    expect(await client.closed).toEqual({ code: 1001, reason: "lifetime is over" });
    expect(await upstream.last.closed).toEqual({ code: 1001, reason: "" });
  });
});

describe("SIGTERM", () => {
  test("closes every socket with 1001, after the proxy has said that it is not ready", async () => {
    const own = await ProxyProcess.start({
      apis: { chat: definition("/chat", upstream.port, CHAT) },
    });
    const clients = await Promise.all(Array.from({ length: 20 }, () => connectSocket(own.port)));
    const servers = upstream.peers.slice(-20);
    expect((await metricsOf(own)).get("portcullis_websockets_open")).toBe(20);
    own.child.kill("SIGTERM");
    for (const client of clients) {
      expect(await client.closed).toEqual({ code: 1001, reason: "going away" });
    }
    for (const server of servers) expect((await server.closed).code).toBe(1001);
    expect(await own.exited).toEqual({ code: 0, signal: null });
    expect(own.stderr).toBe("");
  });
});

async function metricsOf(from: ProxyProcess): Promise<ReadonlyMap<string, number>> {
  return parseMetrics((await ask(from.managementPort, { path: "/metrics" })).text);
}
