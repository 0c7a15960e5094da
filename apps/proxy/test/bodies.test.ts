import { beforeAll, beforeEach, describe, expect, test } from "vitest";

import { headerOf, headersOf } from "./support/answer.ts";
import { bytesOf, digestOf, sendBig } from "./support/big-bodies.ts";
import { definition } from "./support/definition.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { askEachEdge, askOver, connectToEdge } from "./support/request.ts";
import { plainAnswer, Upstream } from "./support/upstream.ts";

const BIG = bytesOf(20 * 1024 * 1024);
const BIG_DIGEST = digestOf(BIG);

let proxy: ProxyProcess;
let upstream: Upstream;

beforeAll(async () => {
  upstream = await Upstream.start();
  proxy = await ProxyProcess.start({ apis: { shop: definition("/shop", upstream.port) } });
});

beforeEach(() => {
  upstream.forget();
  upstream.respond = () => plainAnswer("hello");
});

describe("20 MB", () => {
  test.for([
    { name: "with a length", isChunked: false },
    { name: "in chunks", isChunked: true },
  ])("go up whole $name", async ({ isChunked }) => {
    const sent = { port: proxy.port, method: "POST", path: "/shop/a", body: BIG, isChunked };
    expect(await sendBig(sent)).toMatchObject({ status: 200, length: 5 });
    expect(upstream.requests).toHaveLength(1);
    const [request] = upstream.requests;
    expect(digestOf(request?.body ?? Buffer.alloc(0))).toBe(BIG_DIGEST);
    const framing = isChunked
      ? ["transfer-encoding", "chunked"]
      : ["content-length", String(BIG.length)];
    expect(request?.headers).toContainEqual(framing);
  });

  test.for([
    { name: "with a length, to a slow reader", isChunked: false, isSlowReader: true },
    { name: "with a length, to a fast reader", isChunked: false, isSlowReader: false },
    { name: "in chunks, to a slow reader", isChunked: true, isSlowReader: true },
    { name: "in chunks, to a fast reader", isChunked: true, isSlowReader: false },
  ])("come down whole $name", async ({ isChunked, isSlowReader }) => {
    upstream.respond = () => (isChunked ? inChunks(BIG) : withLength(BIG));
    const got = await sendBig({ port: proxy.port, method: "GET", path: "/shop/a", isSlowReader });
    expect(got).toEqual({ status: 200, length: BIG.length, digest: BIG_DIGEST });
  });

  test("come down whole where only the end of the connection ends them", async () => {
    upstream.respond = (_request, socket) => {
      socket.end(Buffer.concat([Buffer.from("HTTP/1.1 200 OK\r\n\r\n"), BIG]));
      return undefined;
    };
    const got = await sendBig({ port: proxy.port, method: "GET", path: "/shop/a" });
    expect(got).toEqual({ status: 200, length: BIG.length, digest: BIG_DIGEST });
  });

  test("to a reader that rests are not piled up in the proxy", async () => {
    upstream.respond = () => withLength(Buffer.concat([BIG, BIG, BIG, BIG, BIG]));
    const connection = await connectToEdge(proxy.port, 1);
    const before = proxy.residentBytes();
    connection.pause();
    connection.send("GET /shop/a HTTP/1.1\r\nHost: api.example.com\r\n\r\n");
    await expect.poll(() => upstream.requests.length).toBe(1);
    // The upstream is stopped with most of it unsent.
    await expect
      .poll(() => [...upstream.sockets].some((each) => each.writableLength > 60_000_000))
      .toBe(true);
    expect(proxy.residentBytes() - before).toBeLessThan(60 * 1024 * 1024);
    connection.close();
    await expect
      .poll(() => [...upstream.sockets].every((each) => each.writableLength === 0))
      .toBe(true);
  });
});

describe("an answer", () => {
  const rows = [
    { name: "204", method: "GET", answer: "HTTP/1.1 204 No Content\r\n\r\n", status: 204 },
    {
      name: "304 with the length that there would be",
      method: "GET",
      answer: 'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 7\r\n\r\n',
      status: 304,
    },
    {
      name: "to HEAD with a length",
      method: "HEAD",
      answer: "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n",
      status: 200,
      length: "7",
    },
    {
      name: "to HEAD in chunks",
      method: "HEAD",
      answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
      status: 200,
    },
    {
      name: "of a length of 0",
      method: "GET",
      answer: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
      status: 200,
      length: "0",
    },
  ];

  test.for(rows)(
    "without a body keeps both connections usable: $name",
    async ({ method, answer, status, length }) => {
      for (const edge of [1, 2]) {
        const connection = await connectToEdge(proxy.port, edge);
        upstream.respond = () => answer;
        const given = await askOver(connection, { method, path: "/shop/a" });
        expect(given).toMatchObject({ status, text: "" });
        expect(length ?? headerOf(given, "content-length")).toBe(headerOf(given, "content-length"));
        upstream.respond = () => plainAnswer("next");
        expect(await askOver(connection, { path: "/shop/b" })).toMatchObject({
          status: 200,
          text: "next",
        });
        connection.close();
      }
    },
  );

  test("in small chunks comes down as it is, and ends normally", async () => {
    upstream.respond = () =>
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n3;x=y\r\nbcd\r\n0\r\nX-T: 1\r\n\r\n";
    for (const answer of await askEachEdge(proxy.port, { path: "/shop/a" })) {
      expect(answer).toMatchObject({ status: 200, text: "abcd" });
    }
  });

  test("passes repeated fields and bytes past ASCII exactly, and no field of the connection", async () => {
    upstream.respond = () =>
      plainAnswer(
        "x",
        "Set-Cookie: a=1; Path=/\r\nSet-Cookie: b=2\r\nX-Latin: caf\xe9 x\r\nX-Utf: \xc3\xa9\r\n" +
          "Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nUpgrade: h2c\r\n",
        "418 I'm a teapot",
      );
    for (const answer of await askEachEdge(proxy.port, { path: "/shop/a" })) {
      expect(answer).toMatchObject({ status: 418, phrase: "I'm a teapot", text: "x" });
      expect(headersOf(answer, "set-cookie")).toEqual(["a=1; Path=/", "b=2"]);
      expect(headersOf(answer, "x-latin")).toEqual(["caf\xe9 x"]);
      expect(headersOf(answer, "x-utf")).toEqual(["\xc3\xa9"]);
      for (const name of ["x-hop", "keep-alive", "upgrade", "uwebsockets", "server"]) {
        expect(headersOf(answer, name)).toEqual([]);
      }
    }
  });

  test("that comes after interim answers is the one that counts", async () => {
    upstream.respond = () => `HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${plainAnswer("late")}`;
    for (const answer of await askEachEdge(proxy.port, { path: "/shop/a" })) {
      expect(answer).toMatchObject({ status: 200, text: "late" });
    }
  });
});

describe("a request", () => {
  test("of POST without a body says so upstream", async () => {
    await askEachEdge(proxy.port, { method: "POST", path: "/shop/a", body: "" });
    for (const request of upstream.requests) {
      expect(headersOf(request, "content-length")).toEqual(["0"]);
    }
    expect(upstream.requests).toHaveLength(2);
  });

  test("passes bytes past ASCII exactly, and tells where it came from", async () => {
    const headers = {
      "X-Latin": "caf\xe9 x",
      "X-Utf": "<\xc3\xa9>",
      "X-Forwarded-For": "1.2.3.4",
      TE: "trailers",
    };
    await askEachEdge(proxy.port, { path: "/shop/a", headers, from: "127.0.7.1" });
    expect(upstream.requests).toHaveLength(2);
    for (const request of upstream.requests) {
      expect(headersOf(request, "x-latin")).toEqual(["caf\xe9 x"]);
      expect(headersOf(request, "x-utf")).toEqual(["<\xc3\xa9>"]);
      expect(headersOf(request, "x-forwarded-for")).toEqual(["127.0.7.1"]);
      expect(headersOf(request, "host")).toEqual(["api.example.com"]);
      expect(headersOf(request, "te")).toEqual([]);
    }
  });

  test("that expects 100-continue gets it, and then its answer", async () => {
    for (const edge of [1, 2]) {
      const connection = await connectToEdge(proxy.port, edge);
      connection.send(
        "POST /shop/a HTTP/1.1\r\nHost: api.example.com\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n",
      );
      expect(await connection.answer("POST")).toMatchObject({ status: 100 });
      connection.send("body");
      expect(await connection.answer("POST")).toMatchObject({ status: 200, text: "hello" });
      connection.close();
    }
    expect(upstream.requests.map(({ body }) => body.toString())).toEqual(["body", "body"]);
  });

  test.for([1, 100, 100_000])(
    "with a body of %i bytes is followed by others on the same connection",
    async (length) => {
      const body = "x".repeat(length);
      for (const edge of [1, 2]) {
        const connection = await connectToEdge(proxy.port, edge);
        for (let n = 0; n < 4; n++) {
          // The upstream connection is a new one each time, and not open yet when the body is there.
          upstream.respond = () => plainAnswer("hello", "Connection: close\r\n");
          const answer = await askOver(connection, { method: "POST", path: "/shop/a", body });
          expect(answer).toMatchObject({ status: 200, text: "hello" });
        }
        connection.close();
      }
      expect(upstream.requests.map((each) => each.body.length)).toEqual(Array(8).fill(length));
    },
  );

  test("goes over a connection that is kept", async () => {
    const before = upstream.accepted;
    const connection = await connectToEdge(proxy.port, 1);
    for (let n = 0; n < 20; n++) {
      expect((await askOver(connection, { path: `/shop/${n}` })).status).toBe(200);
    }
    connection.close();
    expect(upstream.accepted - before).toBeLessThan(2);
  });
});

function withLength(body: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`),
    body,
  ]);
}

function inChunks(body: Buffer): Buffer {
  const pieces: Buffer[] = [Buffer.from("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")];
  for (let at = 0, size = 1; at < body.length; at += size, size = (size * 7) % 90_001) {
    const piece = body.subarray(at, at + size);
    pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n"));
  }
  return Buffer.concat([...pieces, Buffer.from("0\r\n\r\n")]);
}
