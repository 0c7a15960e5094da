import type { Socket } from "node:net";

import { beforeAll, beforeEach, describe, expect, test } from "vitest";

import { definition } from "./support/definition.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { RawConnection } from "./support/raw-connection.ts";
import { ask, askEachEdge, askOver, connectToEdge } from "./support/request.ts";
import { plainAnswer, Upstream } from "./support/upstream.ts";

const BAD_GATEWAY = { status: 502, phrase: "Bad Gateway", text: "Error: Bad Gateway" };
const TIMEOUT = { status: 504, phrase: "Gateway Timeout", text: "Error: Gateway Timeout" };
const SERVED = { status: 200, text: "hello" };

let proxy: ProxyProcess;
/** The one with the faults, and one beside it that is well. */
let upstream: Upstream;
let healthy: Upstream;
let refusedPort: number;

beforeAll(async () => {
  upstream = await Upstream.start();
  healthy = await Upstream.start();
  const gone = await Upstream.start();
  refusedPort = gone.port;
  await gone.close();
  proxy = await ProxyProcess.start({
    apis: {
      faulty: definition("/faulty", upstream.port),
      well: definition("/well", healthy.port),
      down: definition("/down", refusedPort),
    },
    yaml: "timeouts: { upstream_first_byte: 300ms, upstream_idle: 400ms, upstream_keep_alive: 2s }\n",
  });
});

beforeEach(() => {
  upstream.forget();
  upstream.respond = () => plainAnswer("hello");
  upstream.onBytes = () => undefined;
  upstream.readsRequests = true;
});

function endWith(socket: Socket | undefined, bytes: string): void {
  if (bytes === "") socket?.end();
  else socket?.write(bytes);
}

/** What the faulty upstream has open must end with the exchange it was for. */
async function expectNothingOpen(): Promise<void> {
  await expect.poll(() => upstream.sockets.size).toBe(0);
}

describe("an upstream", () => {
  test("that is down is 502 to its client only", async () => {
    for (const answer of await askEachEdge(proxy.port, { path: "/down/a" })) {
      expect(answer).toMatchObject(BAD_GATEWAY);
    }
    for (const answer of await askEachEdge(proxy.port, { path: "/well/a" })) {
      expect(answer).toMatchObject(SERVED);
    }
  });

  test("that is slow with its answer is 504, and its connection is let go", async () => {
    upstream.respond = () => undefined;
    for (const answer of await askEachEdge(proxy.port, { path: "/faulty/a" })) {
      expect(answer).toMatchObject(TIMEOUT);
    }
    await expectNothingOpen();
  });

  test("that drips its head is 504 all the same", async () => {
    const timers = new Set<NodeJS.Timeout>();
    upstream.respond = (_request, socket) => {
      const timer = setInterval(() => socket.write("H"), 50);
      timers.add(timer);
      socket.once("close", () => clearInterval(timer));
      return "HTTP/1.1 200 OK\r\nX-A: ";
    };
    expect(await ask(proxy.port, { path: "/faulty/a" })).toMatchObject(TIMEOUT);
    await expectNothingOpen();
    for (const timer of timers) clearInterval(timer);
  });

  test.for([
    { name: "no answer at all", bytes: "" },
    { name: "half a head", bytes: "HTTP/1.1 200 OK\r\nContent-Le" },
    { name: "garbage", bytes: "\x16\x03\x01 what\r\n\r\n" },
    { name: "another protocol", bytes: "SSH-2.0-OpenSSH_9.2\r\n" },
    {
      name: "two lengths",
      bytes: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
    },
    {
      name: "both framings",
      bytes: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    },
    {
      name: "a control character in a value",
      bytes: "HTTP/1.1 200 OK\r\nX-A: a\0b\r\nContent-Length: 0\r\n\r\n",
    },
    {
      name: "a folded field",
      bytes: "HTTP/1.1 200 OK\r\nX-A: a\r\n b\r\nContent-Length: 0\r\n\r\n",
    },
    {
      name: "a switch of protocols",
      bytes: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    },
  ])("that sends $name and closes is 502", async ({ bytes }) => {
    upstream.respond = (_request, socket) => {
      socket.end(Buffer.from(bytes, "latin1"));
      return undefined;
    };
    for (const answer of await askEachEdge(proxy.port, {
      path: "/faulty/a",
      method: "POST",
      body: "x",
    })) {
      expect(answer).toMatchObject(BAD_GATEWAY);
    }
    await expectNothingOpen();
  });

  test.for([
    { name: "a length", head: "Content-Length: 100000\r\n", body: "part", rest: "" },
    { name: "chunks", head: "Transfer-Encoding: chunked\r\n", body: "4\r\npart\r\n", rest: "" },
    { name: "a chunk", head: "Transfer-Encoding: chunked\r\n", body: "40\r\npart", rest: "" },
    {
      name: "bad chunks",
      head: "Transfer-Encoding: chunked\r\n",
      body: "4\r\npart\r\n",
      rest: "zz\r\n",
    },
  ])(
    "that breaks off in a body with $name leaves its client a cut connection",
    async ({ head, body, rest }) => {
      let speaking: Socket | undefined = undefined;
      upstream.respond = (_request, socket) => {
        speaking = socket;
        return `HTTP/1.1 200 OK\r\n${head}\r\n${body}`;
      };
      for (const edge of [1, 2]) {
        const connection = await connectToEdge(proxy.port, edge);
        connection.send("GET /faulty/a HTTP/1.1\r\nHost: api.example.com\r\n\r\n");
        await connection.until((received) => received.includes("part"));
        endWith(speaking, rest);
        expect(await connection.answerOrEnd()).toBeUndefined();
        expect(connection.received()).not.toMatch(/\r\n0\r\n\r\n$/);
      }
      await expectNothingOpen();
    },
  );

  test("that stops in a body leaves its client a cut connection too", async () => {
    upstream.respond = () => "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\npart";
    const connection = await RawConnection.open(proxy.port);
    connection.send("GET /faulty/a HTTP/1.1\r\nHost: api.example.com\r\n\r\n");
    expect(await connection.answerOrEnd()).toBeUndefined();
    await expectNothingOpen();
  });

  test("that gives two answers gives the second to nobody", async () => {
    const evil = plainAnswer("evil", "X-Evil: 1\r\n");
    upstream.respond = ({ target }) =>
      target === "/faulty/first" ? plainAnswer("hello") + evil : plainAnswer("next");
    for (const edge of [1, 2]) {
      const connection = await connectToEdge(proxy.port, edge);
      connection.send("GET /faulty/first HTTP/1.1\r\nHost: api.example.com\r\n\r\n");
      const first = await connection.answerOrEnd();
      expect(first?.text ?? "").not.toContain("evil");
      for (let n = 0; n < 3; n++) {
        expect(await ask(proxy.port, { path: "/faulty/next" })).toMatchObject({ text: "next" });
      }
      connection.close();
    }
  });

  test("that resets a kept connection as it is used again is asked once more", async () => {
    const spent = new WeakSet<Socket>();
    upstream.respond = (_request, socket) => {
      spent.add(socket);
      return plainAnswer("hello");
    };
    upstream.onBytes = (_bytes, socket) => {
      if (spent.has(socket)) socket.resetAndDestroy();
    };
    for (const edge of [1, 2]) {
      const connection = await connectToEdge(proxy.port, edge);
      for (let n = 0; n < 5; n++) {
        expect(await askOver(connection, { path: "/faulty/a" })).toMatchObject(SERVED);
      }
      connection.close();
    }
  });

  test("that does so to a POST is 502: nobody knows if it was carried out", async () => {
    const spent = new WeakSet<Socket>();
    upstream.respond = (_request, socket) => {
      spent.add(socket);
      return plainAnswer("hello");
    };
    upstream.onBytes = (_bytes, socket) => {
      if (spent.has(socket)) socket.resetAndDestroy();
    };
    const connection = await connectToEdge(proxy.port, 1);
    expect(await askOver(connection, { path: "/faulty/a" })).toMatchObject(SERVED);
    const post = { path: "/faulty/a", method: "POST", body: "x" };
    expect(await askOver(connection, post)).toMatchObject(BAD_GATEWAY);
    expect(upstream.allBytes().split("POST /faulty/a ")).toHaveLength(2);
  });

  test("that answers before it has read the request lets that answer through", async () => {
    upstream.readsRequests = false;
    upstream.onBytes = (_bytes, socket) => {
      upstream.onBytes = () => undefined;
      socket.write(plainAnswer("too much", "Connection: close\r\n", "413 Content Too Large"));
    };
    const connection = await RawConnection.open(proxy.port);
    connection.send(
      "POST /faulty/a HTTP/1.1\r\nHost: api.example.com\r\nContent-Length: 100000\r\n\r\nstart",
    );
    expect(await connection.answer("POST")).toMatchObject({ status: 413, text: "too much" });
    connection.close();
    await expectNothingOpen();
  });
});

describe("a client that goes", () => {
  test.for([
    {
      name: "in its request",
      request: "POST /faulty/a HTTP/1.1\r\nHost: h.example\r\nContent-Length: 9\r\n\r\npart",
    },
    {
      name: "in a chunk of its request",
      request:
        "POST /faulty/a HTTP/1.1\r\nHost: h.example\r\nTransfer-Encoding: chunked\r\n\r\n9\r\npart",
    },
    { name: "before its answer", request: "GET /faulty/a HTTP/1.1\r\nHost: h.example\r\n\r\n" },
  ])("$name releases the upstream side", async ({ request }) => {
    upstream.respond = () => undefined;
    for (const edge of [1, 2]) {
      const connection = await connectToEdge(proxy.port, edge);
      connection.send(request);
      await expect.poll(() => upstream.allBytes()).toContain("/faulty/a");
      connection.close();
      // Well before any time-out would have done it.
      await expect.poll(() => upstream.sockets.size, { timeout: 250 }).toBe(0);
      upstream.forget();
    }
  });

  test.for([
    { name: "with a length", head: "Content-Length: 50000000\r\n\r\n" },
    { name: "in chunks", head: "Transfer-Encoding: chunked\r\n\r\n1000000\r\n" },
  ])("in an answer $name releases the upstream side", async ({ head }) => {
    upstream.respond = (_request, socket) => {
      socket.write(`HTTP/1.1 200 OK\r\n${head}`);
      return Buffer.alloc(10_000_000, "x");
    };
    for (const edge of [1, 2]) {
      const connection = await connectToEdge(proxy.port, edge);
      connection.send("GET /faulty/a HTTP/1.1\r\nHost: h.example\r\n\r\n");
      await connection.until((received) => received.length > 1000);
      connection.close();
      await expect.poll(() => upstream.sockets.size, { timeout: 300 }).toBe(0);
    }
  });
});
