import { beforeAll, beforeEach, describe, expect, test } from "vitest";

import { headerOf } from "./support/answer.ts";
import { definition, pattern } from "./support/definition.ts";
import { isOldBuild } from "./support/engine.ts";
import { fieldsOf, HANDSHAKE, KEY, requestWith } from "./support/handshake.ts";
import { denied } from "./support/management.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { RawConnection } from "./support/raw-connection.ts";
import { ask } from "./support/request.ts";
import { plainAnswer, Upstream } from "./support/upstream.ts";
import { connectSocket, refusalOf, WebSocketUpstream } from "./support/web-sockets.ts";

let upstream: WebSocketUpstream;
/** An upstream that answers in bytes. */
let raw: Upstream;
let proxy: ProxyProcess;

beforeAll(async () => {
  upstream = await WebSocketUpstream.start();
  raw = await Upstream.start();
  proxy = await ProxyProcess.start({
    apis: {
      chat: definition("/chat", upstream.port, { protocol: "ws" }),
      strict: definition("/strict", upstream.port, {
        protocol: "ws",
        ...pattern({ protocol_allowed: "ws" }),
      }),
      secure: definition("/secure", upstream.port, {
        protocol: "ws",
        ...pattern({ protocol_allowed: "wss" }),
      }),
      rest: definition("/rest", raw.port, {}),
      rigid: definition("/rigid", raw.port, pattern({ protocol_allowed: "http" })),
    },
  });
});

beforeEach(() => {
  raw.respond = () => plainAnswer("hello");
  raw.forget();
});

describe("a handshake that is not well-formed", () => {
  test.for([
    { name: "no key", lines: without("Sec-WebSocket-Key") },
    {
      name: "a short key",
      lines: [...without("Sec-WebSocket-Key"), "Sec-WebSocket-Key: c2hvcnQ="],
    },
    {
      name: "a key of 24 other letters",
      lines: [...without("Sec-WebSocket-Key"), `Sec-WebSocket-Key: ${"!".repeat(24)}`],
    },
    { name: "two keys", lines: [...HANDSHAKE, `Sec-WebSocket-Key: ${KEY}`] },
    { name: "two versions", lines: [...HANDSHAKE, "Sec-WebSocket-Version: 8"] },
    { name: "a body", lines: [...HANDSHAKE, "Content-Length: 5"], body: "hello" },
    {
      name: "a chunked body",
      lines: [...HANDSHAKE, "Transfer-Encoding: chunked"],
      body: "0\r\n\r\n",
    },
    { name: "a sub-protocol twice", lines: [...HANDSHAKE, "Sec-WebSocket-Protocol: a, a"] },
    { name: "a sub-protocol that is none", lines: [...HANDSHAKE, "Sec-WebSocket-Protocol: a b"] },
  ])("is refused with 400 and closed: $name", async ({ body, lines }) => {
    const before = upstream.peers.length;
    const connection = await RawConnection.open(proxy.port);
    connection.send(requestWith("/chat", lines) + (body ?? ""));
    const answer = await connection.answer();
    expect(answer).toMatchObject({ status: 400, text: "Error: Malformed Request" });
    expect(await connection.end()).toBe("");
    expect(upstream.peers.length).toBe(before);
  });

  test.for(["8", "14", "013", "13, 8", ""])(
    "is answered 426 with the version that is spoken: version %j",
    async (version) => {
      const before = upstream.peers.length;
      const lines = [...without("Sec-WebSocket-Version"), `Sec-WebSocket-Version: ${version}`];
      const connection = await RawConnection.open(proxy.port);
      connection.send(requestWith("/chat", lines));
      const answer = await connection.answer();
      expect(answer.status).toBe(426);
      expect(headerOf(answer, "sec-websocket-version")).toBe("13");
      // A tunnel is what a smuggler would have it taken for.
      expect(await connection.end()).toBe("");
      expect(upstream.peers.length).toBe(before);
    },
  );
});

describe("bytes that come before the 101", () => {
  test("never reach the upstream, whatever they are", async () => {
    const frame = Buffer.from([0x81, 0x83, 1, 2, 3, 4, 0x61 ^ 1, 0x62 ^ 2, 0x63 ^ 3]);
    const connection = await RawConnection.open(proxy.port);
    connection.send(Buffer.concat([Buffer.from(requestWith("/chat", HANDSHAKE)), frame]));
    await connection.until((text) => text.includes("\r\n\r\n"));
    // 20.30 drops them; 20.57 takes them for a request, and closes.
    expect(connection.received().startsWith("HTTP/1.1 101 ")).toBe(isOldBuild);
    connection.close();
    await expect.poll(() => upstream.peers.every((peer) => peer.isClosed)).toBe(true);
    expect(upstream.peers.flatMap((peer) => peer.messages)).toEqual([]);
  });

  test("are not served as a request", async () => {
    const before = upstream.peers.length;
    const connection = await RawConnection.open(proxy.port);
    connection.send(requestWith("/chat", HANDSHAKE) + requestWith("/rest", []));
    expect(await connection.end()).toBe("");
    expect(raw.requests).toEqual([]);
    await expect.poll(() => upstream.peers.slice(before).every((peer) => peer.isClosed)).toBe(true);
  });
});

describe("the protocol of an API", () => {
  test("a request of HTTP to a WebSocket API is answered 426, and is no offence", async () => {
    const answer = await ask(proxy.port, { path: "/chat" });
    expect(answer).toMatchObject({ status: 426, text: "Error: WebSocket Required" });
    expect(headerOf(answer, "upgrade")).toBe("websocket");
    expect((await connectSocket(proxy.port)).socket.readyState).toBe(1);
    expect(await denied(proxy)).toEqual([]);
  });

  test("a WebSocket at an API of HTTP is refused with 400, and is no offence", async () => {
    expect(await refusalOf(proxy.port, { path: "/rest" })).toMatchObject({
      status: 400,
      text: "Error: Not A WebSocket API",
    });
    expect(raw.requests).toEqual([]);
    expect(await ask(proxy.port, { path: "/rest" })).toMatchObject({ status: 200 });
  });

  test.for([
    {
      name: "h2c",
      lines: [
        "Upgrade: h2c",
        "Connection: Upgrade, HTTP2-Settings",
        "HTTP2-Settings: AAMAAABkAAQAAP__",
      ],
    },
    {
      name: "h2c with a WebSocket key",
      lines: ["Upgrade: h2c", "Connection: Upgrade", `Sec-WebSocket-Key: ${KEY}`],
    },
    {
      name: "a WebSocket that Connection does not name",
      lines: ["Upgrade: websocket", `Sec-WebSocket-Key: ${KEY}`],
    },
  ])("another upgrade is dropped, and the rest is a request of HTTP: $name", async ({ lines }) => {
    const answer = await ask(proxy.port, { path: "/rest", headers: fieldsOf(lines) });
    expect(answer).toMatchObject({ status: 200, text: "hello" });
    const head = raw.requests[0]?.head.toLowerCase() ?? "";
    for (const word of ["upgrade", "http2-settings", "sec-websocket"]) {
      expect(head).not.toContain(word);
    }
  });

  test.for([
    { name: "HTTP where ws is allowed", path: "/strict", isUpgrade: false },
    { name: "ws where wss is allowed", path: "/secure", isUpgrade: true },
    { name: "ws where http is allowed", path: "/rigid", isUpgrade: true },
  ])("protocol_allowed makes it a violation: $name", async ({ isUpgrade, path }) => {
    const from = `127.0.1.${path.charCodeAt(2)}`;
    const headers = isUpgrade ? fieldsOf(HANDSHAKE) : {};
    const answer = await ask(proxy.port, { path, headers, from });
    expect(answer).toMatchObject({ status: 401, text: " Error: Unauthorized" });
    expect(await ask(proxy.port, { path: "/rest", from })).toMatchObject({ status: 403 });
    await expect.poll(() => denied(proxy)).toContain(`invalid_protocol ip ${from}`);
  });

  test("protocol_allowed lets through what it names", async () => {
    const client = await connectSocket(proxy.port, { path: "/strict" });
    client.socket.send("hi");
    expect(await client.texts(1)).toEqual(["hi"]);
    client.socket.terminate();
  });
});

/** A handshake that lacks the line that starts so. */
function without(start: string): string[] {
  return HANDSHAKE.filter((line) => !line.startsWith(start));
}
