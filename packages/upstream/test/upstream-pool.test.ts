import { describe, expect, test } from "vitest";

import { CHUNKED_BODY, NO_BODY, UpstreamPool } from "../src/index.ts";
import { GET, OK, openPool, POST, POST_CHUNKED } from "./support/open-pool.ts";
import { Recorder } from "./support/recorder.ts";

const NONE = { open: 0, idle: 0, busy: 0, queued: 0 };
const ONE_IDLE = { open: 1, idle: 1, busy: 0, queued: 0 };

describe("a request", () => {
  test("reaches the upstream byte for byte, and a small answer is one call", async () => {
    const { pool, upstream } = await openPool((socket) => socket.write(OK));
    const head = "GET /\xe9 HTTP/1.1\r\nHost: up\r\nX: \xff\r\n\r\n";
    const recorder = new Recorder();
    pool.request(head, "GET", NO_BODY, recorder);
    await recorder.over;
    expect(upstream.received).toBe(head);
    expect(recorder).toMatchObject({ status: 200, body: "hi", heads: 1, calls: 1 });
    expect(pool.stats).toEqual(ONE_IDLE);
  });

  test.for([
    { name: "with a length", head: POST, length: 5, want: `${POST}hello` },
    {
      name: "in chunks",
      head: POST_CHUNKED,
      length: CHUNKED_BODY,
      want: `${POST_CHUNKED}3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n`,
    },
  ])("carries its body $name, on a fresh connection and on a kept one", async (row) => {
    const { pool, upstream } = await openPool((socket, _bytes, { received }) => {
      if (received.endsWith(row.want)) socket.write(OK);
    });
    for (let round = 1; round <= 2; round++) {
      const recorder = new Recorder();
      const exchange = pool.request(row.head, "POST", row.length, recorder);
      exchange.write(Buffer.from("hel"));
      exchange.write(new Uint8Array(0));
      exchange.write(Buffer.from("lo"));
      exchange.end();
      await recorder.over;
      expect(upstream.received).toBe(row.want.repeat(round));
    }
    expect(upstream.accepted).toBe(1);
  });

  test.for([
    { name: "more than announced", body: "hello, GET /admin HTTP/1.1", length: 5, head: POST },
    { name: "less than announced", body: "hell", length: 5, head: POST },
    { name: "a body that was not announced", body: "GET /admin", length: NO_BODY, head: GET },
  ])("cannot smuggle another one behind it: $name", async ({ body, length, head }) => {
    const { pool, upstream } = await openPool(() => undefined);
    const recorder = new Recorder();
    const exchange = pool.request(head, "POST", length, recorder);
    await upstream.until(() => upstream.received === head);
    exchange.write(Buffer.from(body));
    exchange.end();
    expect(recorder.fault).toBeUndefined();
    expect((await recorder.over).fault).toMatchObject({ code: "unsendable", status: 502 });
    await upstream.drained();
    expect(upstream.received).not.toContain("admin");
    expect(pool.stats).toEqual(NONE);
  });

  test("whose head is not latin1 is not sent: U+010A would become a line feed", async () => {
    const { pool, upstream } = await openPool((socket) => socket.write(OK));
    const recorder = new Recorder();
    pool.request("GET / HTTP/1.1\r\nX: \u010d\u010aEvil: 1\r\n\r\n", "GET", NO_BODY, recorder);
    expect((await recorder.over).fault).toMatchObject({ code: "unsendable" });
    expect(upstream.accepted).toBe(0);
  });
});

describe("a connection", () => {
  test("is used again, the one used last first", async () => {
    const { pool, upstream } = await openPool((socket, bytes) => {
      socket.write(`HTTP/1.1 200 OK\r\nX: ${socket.remotePort}\r\nContent-Length: 0\r\n\r\n`);
      expect(bytes.length).toBe(GET.length);
    });
    const first = [new Recorder(), new Recorder(), new Recorder()];
    for (const recorder of first) pool.request(GET, "GET", NO_BODY, recorder);
    let lastPort = "";
    for (const recorder of first) recorder.onFirst = () => (lastPort = recorder.headers[1] ?? "");
    await Promise.all(first.map(async (recorder) => recorder.over));
    expect(pool.stats).toEqual({ open: 3, idle: 3, busy: 0, queued: 0 });
    const again = new Recorder();
    pool.request(GET, "GET", NO_BODY, again);
    await again.over;
    expect(again.headers[1]).toBe(lastPort);
    expect(upstream.accepted).toBe(3);
  });

  test.for([
    {
      name: "Connection: close",
      answer: "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    },
    { name: "HTTP/1.0", answer: "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n" },
    { name: "a body to 204", answer: "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n" },
    { name: "a body behind 304", answer: "HTTP/1.1 304 Not Modified\r\n\r\nhello" },
  ])("is closed after $name", async ({ answer }) => {
    const { pool, upstream } = await openPool((socket) => socket.write(answer));
    const recorder = new Recorder();
    pool.request(GET, "GET", NO_BODY, recorder);
    expect(await recorder.over).toMatchObject({ isComplete: true, body: "" });
    expect(pool.stats).toEqual(NONE);
    await upstream.drained();
  });

  test("is closed when bytes come that nothing asked for", async () => {
    const { pool, upstream } = await openPool((socket) => socket.write(OK));
    const recorder = new Recorder();
    pool.request(GET, "GET", NO_BODY, recorder);
    await recorder.over;
    for (const socket of upstream.sockets) socket.write(`${OK}evil`);
    await upstream.drained();
    expect(pool.stats).toEqual(NONE);
    expect(recorder.calls).toBe(1);
  });

  test("that the upstream closes while idle is forgotten", async () => {
    const { pool, upstream } = await openPool((socket) => socket.write(OK));
    const recorder = new Recorder();
    pool.request(GET, "GET", NO_BODY, recorder);
    await recorder.over;
    for (const socket of upstream.sockets) socket.end();
    await upstream.drained();
    expect(pool.stats).toEqual(NONE);
  });

  test("is not used again when the answer came before the request was complete", async () => {
    const { pool, upstream } = await openPool((socket, _bytes, { received }) => {
      if (received.endsWith("hel")) socket.write(OK);
    });
    const recorder = new Recorder();
    const exchange = pool.request(POST, "POST", 5, recorder);
    exchange.write(Buffer.from("hel"));
    expect(await recorder.over).toMatchObject({ isComplete: true, status: 200 });
    expect(pool.stats).toEqual(NONE);
    expect(exchange.write(Buffer.from("lo"))).toBe(true);
    exchange.end();
    exchange.abort();
    await upstream.drained();
    expect(upstream.received.endsWith("hel")).toBe(true);
  });
});

describe("a kept connection that dies as it is used", () => {
  test.for([
    { name: "GET", method: "GET", head: GET },
    { name: "PUT without a body", method: "PUT", head: GET },
    { name: "DELETE", method: "DELETE", head: GET },
  ])("$name is sent again once, on a fresh connection", async ({ method, head }) => {
    let requests = 0;
    const { pool, upstream } = await openPool((socket) => {
      requests++;
      if (requests === 3) socket.destroy();
      else socket.write(OK);
    });
    const [kept, spare] = [new Recorder(), new Recorder()];
    pool.request(head, method, NO_BODY, kept);
    pool.request(head, method, NO_BODY, spare);
    await Promise.all([kept.over, spare.over]);
    const recorder = new Recorder();
    pool.request(head, method, NO_BODY, recorder);
    expect(await recorder.over).toMatchObject({ status: 200, heads: 1, fault: undefined });
    expect(upstream.accepted).toBe(3);
    expect(pool.stats.open).toBe(2);
  });

  test.for([
    { name: "POST", method: "POST", head: GET, length: NO_BODY },
    { name: "PATCH", method: "PATCH", head: GET, length: NO_BODY },
    {
      name: "a lower-case get, which is another method",
      method: "get",
      head: GET,
      length: NO_BODY,
    },
    { name: "PUT with a body sent", method: "PUT", head: POST, length: 5 },
  ])("$name is not", async ({ method, head, length }) => {
    let requests = 0;
    const { pool, upstream } = await openPool((socket) => {
      requests++;
      if (requests === 2) socket.resetAndDestroy();
      else socket.write(OK);
    });
    const first = new Recorder();
    pool.request(GET, "GET", NO_BODY, first);
    await first.over;
    const recorder = new Recorder();
    const exchange = pool.request(head, method, length, recorder);
    if (length > 0) exchange.write(Buffer.from("hello"));
    if (length > 0) exchange.end();
    expect((await recorder.over).fault).toMatchObject({ code: "reset" });
    expect(requests).toBe(2);
    expect(upstream.accepted).toBe(1);
  });

  test("nothing is sent a third time, nor after a byte of the answer", async () => {
    let requests = 0;
    const { pool } = await openPool((socket) => {
      requests++;
      if (requests === 1) socket.write(OK);
      else if (requests === 2) socket.destroy();
      else socket.end("H");
    });
    for (const want of [undefined, "reset"]) {
      const recorder = new Recorder();
      pool.request(GET, "GET", NO_BODY, recorder);
      expect((await recorder.over).fault?.code).toBe(want);
    }
    expect(requests).toBe(3);
    expect(pool.stats).toEqual(NONE);
  });
});

describe("a full pool", () => {
  test("serves those who wait in their order, and refuses those beyond", async () => {
    const { pool, upstream } = await openPool(() => undefined, { maxConnections: 1, maxQueued: 2 });
    const order: number[] = [];
    const recorders = [0, 1, 2, 3].map((i) => {
      const recorder = new Recorder();
      recorder.onFirst = () => order.push(i);
      return recorder;
    });
    for (const recorder of recorders) pool.request(GET, "GET", NO_BODY, recorder);
    expect(pool.stats).toEqual({ open: 1, idle: 0, busy: 1, queued: 2 });
    expect((await recorders[3]?.over)?.fault).toMatchObject({ code: "overload", status: 503 });
    for (let i = 1; i <= 3; i++) {
      await upstream.until(() => upstream.received === GET.repeat(i));
      for (const socket of upstream.sockets) socket.write(OK);
    }
    await recorders[2]?.over;
    expect(order).toEqual([0, 1, 2]);
    expect(upstream.accepted).toBe(1);
    expect(pool.stats).toEqual(ONE_IDLE);
  });

  test("keeps the body of one who waits, and forgets one who has gone", async () => {
    const { pool, upstream } = await openPool(
      (socket, _bytes, { received }) => {
        if (received.endsWith("hello")) socket.write(OK);
      },
      { maxConnections: 1 },
    );
    const [busy, gone, waiting] = [new Recorder(), new Recorder(), new Recorder()];
    const first = pool.request(GET, "GET", NO_BODY, busy);
    const second = pool.request(GET, "GET", NO_BODY, gone);
    const third = pool.request(POST, "POST", 5, waiting);
    expect(third.write(Buffer.from("hel"))).toBe(false);
    third.write(Buffer.from("lo"));
    third.end();
    second.abort();
    expect(pool.stats.queued).toBe(1);
    await upstream.until(() => upstream.received === GET);
    first.abort();
    expect(await waiting.over).toMatchObject({ status: 200 });
    expect(upstream.received).toBe(`${GET}${POST}hello`);
    expect([busy.calls, gone.calls]).toEqual([0, 0]);
  });
});

describe("closing", () => {
  test("close lets busy and waiting exchanges finish, and takes no others", async () => {
    const { pool, upstream } = await openPool(() => undefined, { maxConnections: 1 });
    const [busy, waiting, late] = [new Recorder(), new Recorder(), new Recorder()];
    pool.request(GET, "GET", NO_BODY, busy);
    pool.request(GET, "GET", NO_BODY, waiting);
    pool.close();
    pool.request(GET, "GET", NO_BODY, late);
    expect((await late.over).fault).toMatchObject({ code: "closed" });
    for (const recorder of [busy, waiting]) {
      const sent = recorder === busy ? GET : GET + GET;
      await upstream.until(() => upstream.received === sent);
      for (const socket of upstream.sockets) socket.write(OK);
      expect(await recorder.over).toMatchObject({ isComplete: true });
    }
    expect(pool.stats).toEqual(NONE);
    await upstream.drained();
  });

  test("close ends idle connections, destroy all of them", async () => {
    const { pool, upstream } = await openPool((socket, _bytes, { received }) => {
      if (received === GET) socket.write(OK);
    });
    const [idle, busy, aborted] = [new Recorder(), new Recorder(), new Recorder()];
    pool.request(GET, "GET", NO_BODY, idle);
    await idle.over;
    pool.close();
    expect(pool.stats).toEqual(NONE);
    await upstream.drained();
    const other = new UpstreamPool({ host: "127.0.0.1", port: upstream.port });
    other.request(GET, "GET", NO_BODY, busy);
    other.request(GET, "GET", NO_BODY, aborted).abort();
    await upstream.until(() => upstream.received === GET + GET);
    other.destroy();
    expect((await busy.over).fault).toMatchObject({ code: "closed" });
    expect(aborted.calls).toBe(0);
    await upstream.drained();
  });
});
