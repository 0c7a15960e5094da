import { beforeAll, beforeEach, describe, expect, test } from "vitest";

import { definition } from "./support/definition.ts";
import { agreeing, fieldsOf, HANDSHAKE, KEY, requestWith } from "./support/handshake.ts";
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
  upstream = await WebSocketUpstream.start({
    handleProtocols: (offered) => (offered.has("chat.v2") ? "chat.v2" : false),
  });
  raw = await Upstream.start();
  proxy = await ProxyProcess.start({
    apis: {
      chat: definition("/chat", upstream.port, {
        protocol: "ws",
        api_mapping: { internal_url: "/internal" },
      }),
      raw: definition("/raw", raw.port, { protocol: "ws" }),
      gone: definition("/gone", 1, { protocol: "ws" }),
    },
    yaml: "timeouts: { upstream_first_byte: 500ms }\n",
  });
});

beforeEach(() => {
  raw.respond = () => plainAnswer("hello");
  raw.forget();
});

describe("the request that the upstream reads", () => {
  test("has the canonical target, the checked fields and what only a proxy may say", async () => {
    const client = await connectSocket(proxy.port, {
      path: "/chat/%72oom?q=%2e",
      headers: {
        cookie: "a=1",
        origin: "https://app.example.com",
        "x-forwarded-for": "203.0.113.9",
        "x-own": "gr\u00fc\u00dfe",
      },
    });
    const { request } = upstream.last;
    expect(request.url).toBe("/internal/room?q=%2e");
    expect(request.headers).toMatchObject({
      host: "api.example.com",
      cookie: "a=1",
      origin: "https://app.example.com",
      "x-own": "gr\u00fc\u00dfe",
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-proto": "http",
      "x-forwarded-host": "api.example.com",
      connection: "Upgrade",
      upgrade: "websocket",
    });
    expect(request.headers["x-request-id"]).toMatch(/^[0-9a-f]+-\d+-[0-9a-z]+$/);
    // Nothing came twice, and no extension was offered for a client that offered none.
    expect(request.rawHeaders.length / 2).toBe(Object.keys(request.headers).length);
    expect(request.headers["sec-websocket-extensions"]).toBeUndefined();
    client.socket.terminate();
  });

  test("is a handshake of its own: the key is another, the query the same byte for byte", async () => {
    const connection = await RawConnection.open(proxy.port);
    // A URL object would write the quotes anew.
    connection.send(requestWith("/chat?q='<x>'", HANDSHAKE));
    await connection.until((text) => text.includes("\r\n\r\n"));
    expect(upstream.last.request.url).toBe("/internal?q='<x>'");
    expect(connection.received()).toMatch(/^HTTP\/1\.1 101 /);
    // RFC 6455, 1.3: the answer to this very key.
    expect(connection.received()).toContain("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    expect(upstream.last.request.headers["sec-websocket-key"]).not.toBe(KEY);
    connection.close();
  });
});

describe("a sub-protocol", () => {
  test.for([
    {
      name: "that the upstream picks is the client's",
      protocols: ["chat.v1", "chat.v2"],
      want: "chat.v2",
    },
    { name: "is none where none was offered", protocols: [], want: "" },
  ])("$name", async ({ protocols, want }) => {
    const client = await connectSocket(proxy.port, { protocols });
    expect(client.socket.protocol).toBe(want);
    expect(upstream.last.socket.protocol).toBe(want);
    expect(upstream.last.request.headers["sec-websocket-protocol"] ?? "").toBe(
      protocols.join(", "),
    );
    client.socket.terminate();
  });

  test("that the upstream leaves unanswered is the client's to judge", async () => {
    const connection = await RawConnection.open(proxy.port);
    connection.send(requestWith("/chat", [...HANDSHAKE, "Sec-WebSocket-Protocol: chat.v1"]));
    await connection.until((text) => text.includes("\r\n\r\n"));
    expect(connection.received()).toMatch(/^HTTP\/1\.1 101 /);
    expect(connection.received().toLowerCase()).not.toContain("sec-websocket-protocol");
    connection.close();
  });
});

describe("an upstream that refuses", () => {
  test.for([
    { status: 301, phrase: "Moved Permanently", extra: "Location: /elsewhere\r\n" },
    { status: 401, phrase: "Unauthorized", extra: "WWW-Authenticate: Bearer\r\n" },
    { status: 403, phrase: "Forbidden", extra: "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n" },
    { status: 404, phrase: "Not Found", extra: "" },
    { status: 503, phrase: "Service Unavailable", extra: "Retry-After: 5\r\n" },
    { status: 200, phrase: "OK", extra: "Connection: X-Hop\r\nX-Hop: 1\r\n" },
  ])("with $status is passed on", async ({ extra, phrase, status }) => {
    raw.respond = () => plainAnswer("not here", extra, `${status} ${phrase}`);
    const answer = await ask(proxy.port, { path: "/raw", headers: fieldsOf(HANDSHAKE) });
    expect(answer).toMatchObject({ status, phrase, text: "not here" });
    for (const line of extra.split("\r\n")) {
      const [name = "", value = ""] = line.split(": ");
      const isPassed = answer.headers.some(
        ([each, text]) => each === name.toLowerCase() && text === value,
      );
      const isHop = name === "" || name === "Connection" || name === "X-Hop";
      expect(isPassed).toBe(!isHop);
    }
    await expect.poll(() => raw.sockets.size).toBe(0);
  });

  test("with a long body is passed on without it", async () => {
    raw.respond = () => plainAnswer("x".repeat(1_000_000), "", "404 Not Found");
    expect(await refusalOf(proxy.port, { path: "/raw" })).toMatchObject({ status: 404, text: "" });
    await expect.poll(() => raw.sockets.size).toBe(0);
  });
});

describe("an upstream that does not answer as one should", () => {
  const accept = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
  const upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\n";
  test.for([
    {
      name: "a wrong Accept",
      bytes: `HTTP/1.1 101 Switching Protocols\r\n${upgrade}${accept}\r\n`,
    },
    { name: "no Accept", bytes: `HTTP/1.1 101 Switching Protocols\r\n${upgrade}\r\n` },
    {
      name: "another protocol",
      bytes: "HTTP/1.1 101 X\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
    },
    { name: "a bare 101", bytes: "HTTP/1.1 101 X\r\n\r\n" },
    { name: "no HTTP", bytes: "SSH-2.0-OpenSSH_9.2\r\n\r\n" },
    { name: "an early end", bytes: "HTTP/1.1 101 Swi", ends: true },
  ])("$name: 502, and nothing behind it passes", async ({ bytes, ends }) => {
    raw.respond = (_request, socket) => {
      socket.write(`${bytes}${ends === true ? "" : "\x81\x05hello"}`, "latin1");
      if (ends === true) socket.end();
      return undefined;
    };
    const answer = await ask(proxy.port, { path: "/raw", headers: fieldsOf(HANDSHAKE) });
    expect(answer).toMatchObject({ status: 502, text: "Error: Bad Gateway" });
    await expect.poll(() => raw.sockets.size).toBe(0);
  });

  test("a sub-protocol that was not offered: 502", async () => {
    raw.respond = ({ headers }) => agreeing(headers, "Sec-WebSocket-Protocol: evil\r\n");
    expect(await refusalOf(proxy.port, { path: "/raw", protocols: ["chat"] })).toMatchObject({
      status: 502,
    });
    await expect.poll(() => raw.sockets.size).toBe(0);
  });

  test("an extension that was not offered: 502", async () => {
    raw.respond = ({ headers }) =>
      agreeing(headers, "Sec-WebSocket-Extensions: permessage-deflate\r\n");
    expect(await refusalOf(proxy.port, { path: "/raw" })).toMatchObject({ status: 502 });
    await expect.poll(() => raw.sockets.size).toBe(0);
  });

  test("silence: 504", async () => {
    raw.respond = () => undefined;
    expect(await refusalOf(proxy.port, { path: "/raw" })).toMatchObject({
      status: 504,
      text: "Error: Gateway Timeout",
    });
    await expect.poll(() => raw.sockets.size).toBe(0);
  });

  test("nobody there: 502", async () => {
    expect(await refusalOf(proxy.port, { path: "/gone" })).toMatchObject({ status: 502 });
  });

  test("a frame in the same piece as its 101 arrives", async () => {
    raw.respond = ({ headers }) => `${agreeing(headers, "")}\x81\x05hello`;
    const client = await connectSocket(proxy.port, { path: "/raw" });
    expect(await client.texts(1)).toEqual(["hello"]);
    client.socket.terminate();
    await expect.poll(() => raw.sockets.size).toBe(0);
  });
});

describe("a client that leaves during the handshake", () => {
  test("takes the upstream's connection with it", async () => {
    raw.respond = () => undefined;
    const connection = await RawConnection.open(proxy.port);
    connection.send(requestWith("/raw", HANDSHAKE));
    await expect.poll(() => raw.requests.length).toBe(1);
    connection.close();
    await expect.poll(() => raw.sockets.size, { timeout: 400 }).toBe(0);
  });
});
