import { readFileSync } from "node:fs";
import { join } from "node:path";

import { beforeAll, beforeEach, describe, expect, test } from "vitest";

import { definition } from "./support/definition.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { RawConnection } from "./support/raw-connection.ts";
import { askEachEdge, connectToEdge } from "./support/request.ts";
import { Upstream } from "./support/upstream.ts";
import { waitFor } from "./support/wait-for.ts";

const LIMIT = 1024;

let proxy: ProxyProcess;
let upstream: Upstream;

beforeAll(async () => {
  upstream = await Upstream.start();
  proxy = await ProxyProcess.start({
    apis: {
      shop: definition("/shop", upstream.port),
      small: definition("/small", upstream.port, { body_limit: 10 }),
      large: definition("/large", upstream.port, { body_limit: 4 * LIMIT }),
      free: definition("/free", upstream.port, { body_limit: 0 }),
    },
    yaml: `limits: { body_bytes: ${LIMIT} }\n`,
  });
});

beforeEach(() => upstream.forget());

describe("with limits.body_bytes", () => {
  test("a body of just that length passes", async () => {
    const request = { method: "POST", path: "/shop/a", body: "x".repeat(LIMIT) };
    for (const answer of await askEachEdge(proxy.port, request)) expect(answer.status).toBe(200);
  });

  test("a longer one that says so is answered 413, before the upstream hears of it", async () => {
    const request = { method: "POST", path: "/shop/a", body: "x".repeat(LIMIT + 1) };
    for (const answer of await askEachEdge(proxy.port, request)) {
      expect(answer).toMatchObject({ status: 413, text: "Error: Content Too Large" });
    }
    expect(upstream.allBytes()).toBe("");
  });

  test("one in chunks is answered 413 when it is past it, and never completed", async () => {
    for (const edge of [1, 2]) {
      const connection = await connectToEdge(proxy.port, edge);
      const chunk = `200\r\n${"x".repeat(512)}\r\n`;
      connection.send(
        `POST /shop/a HTTP/1.1\r\nHost: api.example.com\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}`,
      );
      connection.send(`${chunk}1\r\nx\r\n`);
      expect((await connection.answer("POST")).status).toBe(413);
      connection.close();
    }
    expect(upstream.requests).toEqual([]);
  });
});

describe("with body_limit of an API", () => {
  test.for([
    { api: "shop", most: LIMIT },
    { api: "small", most: 10 },
    { api: "large", most: 4 * LIMIT },
  ])("$api takes $most bytes and no more, with a length or in chunks", async ({ api, most }) => {
    for (const [length, status] of [
      [most, 200],
      [most + 1, 413],
    ] as const) {
      const body = "x".repeat(length);
      const path = `/${api}/a`;
      const asked = { method: "POST", path };
      for (const answer of await askEachEdge(proxy.port, { ...asked, body })) {
        expect(answer.status).toBe(status);
      }
      const connection = await RawConnection.open(proxy.port);
      const chunk = `${length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
      connection.send(
        `POST ${path} HTTP/1.1\r\nHost: api.example.com\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}`,
      );
      expect((await connection.answer("POST")).status).toBe(status);
      connection.close();
    }
  });

  test("0 takes what is past the proxy's own limit", async () => {
    const asked = { method: "POST", path: "/free/a", body: "x".repeat(100 * LIMIT) };
    for (const answer of await askEachEdge(proxy.port, asked)) expect(answer.status).toBe(200);
  });
});

describe("a length that the engine may not read", () => {
  test("is passed on, or the request never reaches the upstream and is logged as 413", async () => {
    const free = await ProxyProcess.start({ apis: { shop: definition("/shop", upstream.port) } });
    const connection = await RawConnection.open(free.port);
    connection.send(
      "POST /shop/a HTTP/1.1\r\nHost: api.example.com\r\nContent-Length: 1000000000\r\n\r\nsome",
    );
    const isRead = !free.stdout.includes("uWebSockets.js 20.30");
    if (isRead) await waitFor("the upstream to hear of it", () => upstream.allBytes() !== "");
    else await connection.end();
    connection.close();
    expect((await free.stop()).code).toBe(0);
    const log = readFileSync(join(free.state, "logs", "access.log"), "utf8");
    expect(JSON.parse(log)).toMatchObject(
      isRead ? { status: 499 } : { status: 413, reason: "body-too-large" },
    );
    expect(upstream.allBytes().includes("content-length: 1000000000\r\n")).toBe(isRead);
  });
});
