import { readFileSync } from "node:fs";
import { join } from "node:path";

import { beforeAll, beforeEach, describe, expect, test } from "vitest";

import { definition } from "./support/definition.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { RawConnection } from "./support/raw-connection.ts";
import { ask, connectToEdge } from "./support/request.ts";
import { plainAnswer, Upstream } from "./support/upstream.ts";

const LATE = { status: 408, phrase: "Request Timeout", text: "Error: Request Timeout" };
const POST = "POST /shop/a HTTP/1.1\r\nHost: api.example.com\r\n";

let upstream: Upstream;
/** One that waits 400 ms for a body, and one that gives every request 700 ms in all. */
let proxy: ProxyProcess;
let hurried: ProxyProcess;

beforeAll(async () => {
  upstream = await Upstream.start();
  const apis = { shop: definition("/shop", upstream.port) };
  proxy = await ProxyProcess.start({
    apis,
    yaml: "timeouts: { request_body: 400ms, upstream_keep_alive: 1s }\n",
  });
  hurried = await ProxyProcess.start({ apis, yaml: "timeouts: { request_total: 700ms }\n" });
});

beforeEach(() => {
  upstream.forget();
  upstream.respond = () => plainAnswer("hello");
  upstream.onBytes = () => undefined;
});

/** Sends `piece` every 50 ms until the connection is over. */
function drip(connection: RawConnection, piece: string): () => void {
  const timer = setInterval(() => connection.send(piece), 50);
  return () => clearInterval(timer);
}

describe("a client that stops in its upload", () => {
  test.for([
    { name: "behind the head", rest: "Content-Length: 100\r\n\r\n" },
    { name: "in a body with a length", rest: "Content-Length: 100\r\n\r\npart" },
    { name: "in a chunk", rest: "Transfer-Encoding: chunked\r\n\r\n9\r\npart" },
    { name: "between two chunks", rest: "Transfer-Encoding: chunked\r\n\r\n4\r\npart\r\n" },
  ])("$name gets 408 and loses both connections, on every edge", async ({ rest }) => {
    for (const edge of [1, 2]) {
      const connection = await connectToEdge(proxy.port, edge);
      const started = performance.now();
      connection.send(`${POST}${rest}`);
      expect(await connection.answer("POST")).toMatchObject(LATE);
      expect(performance.now() - started).toBeGreaterThan(390);
      await connection.end();
    }
    await expect.poll(() => upstream.sockets.size).toBe(0);
    expect(upstream.requests).toHaveLength(0);
  });

  test("after the answer has begun is cut off", async () => {
    upstream.readsRequests = false;
    upstream.onBytes = (_bytes, socket) => {
      upstream.onBytes = () => undefined;
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart");
    };
    const connection = await RawConnection.open(proxy.port);
    connection.send(`${POST}Content-Length: 100\r\n\r\npart`);
    const received = await connection.end();
    upstream.readsRequests = true;
    expect(received).toContain("200 OK");
    expect(received).not.toContain("408");
  });

  test("is not held up by dripping, a byte now and a byte then", async () => {
    const connection = await RawConnection.open(proxy.port);
    connection.send(`${POST}Content-Length: 100000\r\n\r\n`);
    const stop = drip(connection, "x");
    expect(await connection.answer("POST")).toMatchObject(LATE);
    stop();
    await connection.end();
  });

  test("stands in the access log with the reason", async () => {
    const log = join(proxy.state, "logs", "access.log");
    await expect
      .poll(() => readFileSync(log, "utf8"))
      .toMatch(/"reason":"request-body-timeout".*"status":408/);
  });
});

describe("a client that is slow but goes on", () => {
  test("is waited for", async () => {
    const connection = await RawConnection.open(proxy.port);
    const piece = "x".repeat(4096);
    connection.send(`${POST}Content-Length: ${25 * piece.length}\r\n\r\n`);
    let sent = 0;
    const timer = setInterval(() => {
      if (sent++ < 25) connection.send(piece);
    }, 50);
    expect(await connection.answer("POST")).toMatchObject({ status: 200, text: "hello" });
    clearInterval(timer);
    expect(upstream.requests[0]?.body.length).toBe(25 * piece.length);
    connection.close();
  });

  test("is not blamed for an upstream that does not read", async () => {
    let reader: { resume(): unknown } | undefined = undefined;
    upstream.onBytes = (_bytes, socket) => {
      if (reader !== undefined) return;
      reader = socket;
      socket.pause();
      setTimeout(() => socket.resume(), 1500);
    };
    const body = Buffer.alloc(30_000_000, "x");
    const answer = await ask(proxy.port, { path: "/shop/a", method: "POST", body });
    expect(answer).toMatchObject({ status: 200, text: "hello" });
  });
});

describe("a request that takes too long in all", () => {
  test.for([
    { name: "for an answer", status: 504, bytes: "GET /shop/a HTTP/1.1\r\nHost: a\r\n\r\n" },
    { name: "for its body", status: 408, bytes: `${POST}Content-Length: 9\r\n\r\npart` },
  ])("$name is $status", async ({ bytes, status }) => {
    upstream.respond = () => undefined;
    const connection = await RawConnection.open(hurried.port);
    const started = performance.now();
    connection.send(bytes);
    expect(await connection.answer()).toMatchObject({ status });
    expect(performance.now() - started).toBeGreaterThan(690);
    await connection.end();
    await expect.poll(() => upstream.sockets.size).toBe(0);
  });

  test("in an answer that drips is cut off", async () => {
    upstream.respond = (_request, socket) => {
      const timer = setInterval(() => socket.write("x"), 50);
      socket.once("close", () => clearInterval(timer));
      return "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
    };
    const connection = await RawConnection.open(hurried.port);
    connection.send("GET /shop/a HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(await connection.answerOrEnd()).toBeUndefined();
    await expect.poll(() => upstream.sockets.size).toBe(0);
  });

  test("does not keep the next one on its connection from its full time", async () => {
    const connection = await RawConnection.open(hurried.port);
    for (let i = 0; i < 6; i++) {
      upstream.respond = (_request, socket) => {
        setTimeout(() => socket.write(plainAnswer("hello")), 200);
        return undefined;
      };
      connection.send("GET /shop/a HTTP/1.1\r\nHost: a\r\n\r\n");
      expect(await connection.answer()).toMatchObject({ status: 200 });
    }
    connection.close();
  });
});

test("an upload below the engine's own least speed, 16 KB/s, is finished", async () => {
  const patient = await ProxyProcess.start({
    apis: { shop: definition("/shop", upstream.port) },
    yaml: "timeouts: { request_body: 30s }\n",
  });
  const connection = await RawConnection.open(patient.port);
  connection.send(`${POST}Content-Length: 1600\r\n\r\n`);
  let sent = 0;
  const timer = setInterval(() => {
    if (sent++ < 16) connection.send("x".repeat(100));
  }, 1000);
  expect(await connection.answer("POST", 40_000)).toMatchObject({ status: 200, text: "hello" });
  clearInterval(timer);
  connection.close();
});
