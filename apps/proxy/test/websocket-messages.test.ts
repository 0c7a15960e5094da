import { beforeAll, describe, expect, test } from "vitest";

import { bytesOf } from "./support/big-bodies.ts";
import { definition } from "./support/definition.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { connectSocket, type Peer, WebSocketUpstream } from "./support/web-sockets.ts";

let upstream: WebSocketUpstream;
let compressing: WebSocketUpstream;
let proxy: ProxyProcess;

beforeAll(async () => {
  upstream = await WebSocketUpstream.start();
  compressing = await WebSocketUpstream.start({ perMessageDeflate: { threshold: 0 } });
  proxy = await ProxyProcess.start({
    apis: {
      chat: definition("/chat", upstream.port, { protocol: "ws" }),
      small: definition("/small", compressing.port, { protocol: "ws" }),
    },
  });
});

const FIVE_MB = bytesOf(5_000_000);

const HOPS = [
  { name: "plain on both hops", path: "/chat", perMessageDeflate: false },
  { name: "compressed by the client alone", path: "/chat", perMessageDeflate: true },
  { name: "compressed by the upstream alone", path: "/small", perMessageDeflate: false },
  { name: "compressed on both hops", path: "/small", perMessageDeflate: { threshold: 0 } },
] as const;

describe.for(HOPS)("$name", ({ path, perMessageDeflate }) => {
  test.for([
    { name: "an empty text", data: Buffer.alloc(0), binary: false },
    { name: "an empty binary message", data: Buffer.alloc(0), binary: true },
    { name: "a text", data: Buffer.from("grüße, 世界 🙂"), binary: false },
    { name: "a long text", data: Buffer.from("wörter ".repeat(50_000)), binary: false },
    { name: "a binary message of 125 bytes", data: bytesOf(125), binary: true },
    { name: "a binary message of 126 bytes", data: bytesOf(126), binary: true },
    { name: "a binary message of 65,535 bytes", data: bytesOf(65_535), binary: true },
    { name: "a binary message of 65,536 bytes", data: bytesOf(65_536), binary: true },
    { name: "a binary message of 5 MB", data: FIVE_MB, binary: true },
  ])("$name arrives there and comes back unchanged", async ({ data, binary }) => {
    const client = await connectSocket(proxy.port, { path, perMessageDeflate });
    client.socket.send(data, { binary });
    await client.texts(1);
    const server = (path === "/chat" ? upstream : compressing).last;
    for (const [got] of [server.messages, client.messages]) {
      expect(got?.isBinary).toBe(binary);
      expect(got?.data.equals(data)).toBe(true);
    }
    client.socket.terminate();
  });

  test("fragments arrive as one message", async () => {
    const client = await connectSocket(proxy.port, { path, perMessageDeflate });
    for (const word of ["one ", "two ", ""]) client.socket.send(word, { fin: false });
    client.socket.ping("between");
    client.socket.send("three", { fin: true });
    expect(await client.texts(1)).toEqual(["one two three"]);
    client.socket.terminate();
  });

  test("a thousand messages of both kinds keep their order", async () => {
    const client = await connectSocket(proxy.port, { path, perMessageDeflate });
    const sent = Array.from({ length: 1000 }, (_, at) => `${at}:${"x".repeat((at * 37) % 3000)}`);
    sent.forEach((text, at) => client.socket.send(text, { binary: at % 2 === 1 }));
    expect(await client.texts(1000)).toEqual(sent);
    client.socket.terminate();
  });
});

describe("an upstream's fragments", () => {
  test("arrive as one message", async () => {
    const client = await connectSocket(proxy.port);
    for (const word of ["one ", "two "]) upstream.last.socket.send(word, { fin: false });
    upstream.last.socket.send("three", { fin: true });
    expect(await client.texts(1)).toEqual(["one two three"]);
    client.socket.terminate();
  });
});

describe("a ping", () => {
  test("of the client is answered with its payload, and goes no further", async () => {
    const client = await connectSocket(proxy.port);
    let pings = 0;
    upstream.last.socket.on("ping", () => pings++);
    expect(await pongOf(client, "are you there")).toBe("are you there");
    client.socket.send("after");
    await client.texts(1);
    expect(pings).toBe(0);
    client.socket.terminate();
  });

  test("of the upstream is answered with its payload, and goes no further", async () => {
    const client = await connectSocket(proxy.port);
    let pings = 0;
    client.socket.on("ping", () => pings++);
    expect(await pongOf(upstream.last, "are you there")).toBe("are you there");
    upstream.last.socket.send("after");
    await client.texts(1);
    expect(pings).toBe(0);
    client.socket.terminate();
  });
});

describe("a slow reader", () => {
  test("gets everything, and the upstream waits for it", async () => {
    const client = await connectSocket(proxy.port);
    const server = upstream.last;
    client.socket.pause();
    const total = 200;
    const piece = bytesOf(500_000);
    for (let at = 0; at < total; at++) server.socket.send(piece);
    const before = proxy.residentBytes();
    await expect.poll(() => server.socket.bufferedAmount).toBeLessThan(total * piece.length);
    // What the client does not read stays with the upstream.
    expect(server.socket.bufferedAmount).toBeGreaterThan(50 * piece.length);
    expect(proxy.residentBytes() - before).toBeLessThan(30_000_000);
    client.socket.resume();
    await expect.poll(() => client.messages.length, { timeout: 20_000 }).toBe(total);
    expect(client.messages.every(({ data }) => data.equals(piece))).toBe(true);
    client.socket.terminate();
  });
});

describe("a slow upstream", () => {
  test("gets what was sent while it did not read, once it does", async () => {
    const client = await connectSocket(proxy.port);
    const server = upstream.last;
    server.socket.pause();
    const piece = bytesOf(1_000_000);
    for (let at = 0; at < 40; at++) client.socket.send(piece);
    await expect.poll(() => client.socket.bufferedAmount).toBe(0);
    server.socket.resume();
    await expect.poll(() => client.messages.length, { timeout: 20_000 }).toBe(40);
    client.socket.terminate();
  });

  test("ends the socket with 1013 when more than 64 MiB wait for it", async () => {
    const client = await connectSocket(proxy.port);
    upstream.last.socket.pause();
    const piece = bytesOf(1_000_000);
    for (let at = 0; at < 90; at++) client.socket.send(piece);
    expect(await client.closed).toEqual({ code: 1013, reason: "try again later" });
  });
});

function pongOf(peer: Peer, payload: string): Promise<string> {
  return new Promise((resolve) => {
    peer.socket.once("pong", (data) => resolve(data.toString("utf8")));
    peer.socket.ping(payload);
  });
}
