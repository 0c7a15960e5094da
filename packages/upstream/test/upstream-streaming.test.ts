import { describe, expect, test } from "vitest";

import { CHUNKED_BODY, NO_BODY } from "../src/index.ts";
import { GET, OK, openPool, POST_CHUNKED } from "./support/open-pool.ts";
import { Recorder } from "./support/recorder.ts";

const MIB = 1 << 20;
const TOTAL = 20 * MIB;
const NONE = { open: 0, idle: 0, busy: 0, queued: 0 };

describe("an answer of 20 MB", () => {
  test.for([
    { name: "with a length", chunked: false },
    { name: "in chunks", chunked: true },
  ])("$name waits for a slow reader instead of filling memory", async ({ chunked }) => {
    let sent = 0;
    const piece = Buffer.alloc(64 * 1024, 0x61);
    const { pool } = await openPool((socket) => {
      const more = (): void => {
        while (sent < TOTAL) {
          sent += piece.length;
          if (chunked) socket.write(`${piece.length.toString(16)}\r\n`);
          const mayGoOn = socket.write(piece);
          if (chunked) socket.write("\r\n");
          if (!mayGoOn) return;
        }
        socket.off("drain", more);
        if (chunked) socket.write("0\r\n\r\n");
      };
      const framing = chunked ? "Transfer-Encoding: chunked" : `Content-Length: ${TOTAL}`;
      socket.write(`HTTP/1.1 200 OK\r\n${framing}\r\n\r\n`);
      socket.on("drain", more);
      more();
    });
    const recorder = new Recorder();
    const exchange = pool.request(GET, "GET", NO_BODY, recorder);
    let afterPause = 0;
    let pauses = 0;
    let isPaused = false;
    recorder.onPiece = () => {
      if (isPaused) afterPause++;
      // A reader that stops at every 16th of the way, and goes on a turn of the event loop later.
      if (recorder.bytes < (pauses + 1) * (TOTAL / 16)) return;
      pauses++;
      isPaused = true;
      exchange.pause();
      setImmediate(() => {
        isPaused = false;
        exchange.resume();
      });
    };
    expect(await recorder.over).toMatchObject({ bytes: TOTAL, isComplete: true });
    expect(pauses).toBeGreaterThanOrEqual(15);
    expect(afterPause).toBe(0);
    expect(pool.stats).toEqual({ open: 1, idle: 1, busy: 0, queued: 0 });
  });

  test("that is paused for good stops the upstream", async () => {
    const { pool, upstream } = await openPool((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${TOTAL}\r\n\r\n`);
      socket.write(Buffer.alloc(TOTAL));
    });
    const recorder = new Recorder();
    const exchange = pool.request(GET, "GET", NO_BODY, recorder);
    const other = new Recorder();
    recorder.onFirst = () => {
      exchange.pause();
      pool.request("GET /b HTTP/1.1\r\n\r\n", "GET", NO_BODY, other);
    };
    // The other answer comes through the same event loop while the first one stands still.
    await other.over;
    expect(other.bytes).toBe(TOTAL);
    expect(recorder.bytes).toBeLessThan(MIB);
    exchange.abort();
    pool.close();
    await upstream.drained();
    expect(pool.stats).toEqual(NONE);
  });
});

describe("a request of 20 MB", () => {
  test.for([
    { name: "with a length", length: TOTAL },
    { name: "in chunks", length: CHUNKED_BODY },
  ])("$name waits for a slow upstream", async ({ length }) => {
    let received = 0;
    const { pool } = await openPool((socket, bytes) => {
      received += bytes.length;
      socket.pause();
      setImmediate(() => socket.resume());
      if (received >= TOTAL && bytes.toString("latin1").endsWith(length > 0 ? "b" : "0\r\n\r\n")) {
        socket.write(OK);
      }
    });
    const recorder = new Recorder();
    const framing = length > 0 ? `Content-Length: ${length}` : "Transfer-Encoding: chunked";
    const head = `POST /a HTTP/1.1\r\nHost: up\r\n${framing}\r\n\r\n`;
    const exchange = pool.request(head, "POST", length, recorder);
    const pieces = 80;
    let sent = 0;
    recorder.onMore = () => {
      while (sent < pieces) {
        sent++;
        const piece = Buffer.alloc(TOTAL / pieces, 0x61);
        if (sent === pieces) piece[piece.length - 1] = 0x62;
        const mayGoOn = exchange.write(piece);
        if (sent === pieces) exchange.end();
        if (!mayGoOn) return;
      }
    };
    recorder.onMore();
    expect(await recorder.over).toMatchObject({ status: 200, body: "hi" });
    expect(received).toBeGreaterThanOrEqual(TOTAL + head.length);
    expect(recorder.drains).toBeGreaterThan(10);
    expect(pool.stats).toEqual({ open: 1, idle: 1, busy: 0, queued: 0 });
  });
});

describe("a piece of a request's body", () => {
  test.for([
    { name: "small ones before there is a connection", length: 10, waits: false },
    { name: "large ones before there is a connection", length: 100_000, waits: false },
    { name: "large ones over an upstream that does not read", length: 100_000, waits: true },
    { name: "ones larger than any buffer", length: 600_000, waits: true },
  ])("is its caller's again once it is written: $name", async ({ length, waits }) => {
    const pieces = 20;
    let text = "";
    const { pool, upstream } = await openPool((socket, bytes) => {
      text += bytes.toString("latin1");
      if (waits) {
        socket.pause();
        setTimeout(() => socket.resume(), 1);
      }
      if (text.length >= text.indexOf("\r\n\r\n") + 4 + pieces * length) socket.write(OK);
    });
    const recorder = new Recorder();
    const head = `POST /a HTTP/1.1\r\nHost: up\r\nContent-Length: ${pieces * length}\r\n\r\n`;
    const exchange = pool.request(head, "POST", pieces * length, recorder);
    if (waits) await upstream.until(() => upstream.accepted === 1);
    const shared = Buffer.alloc(length);
    let expected = "";
    // As the engine does: one memory for all pieces, one piece after the other, whether it is told to wait or not.
    for (let n = 0; n < pieces; n++) {
      shared.fill(0x61 + n);
      expected += String.fromCodePoint(0x61 + n).repeat(length);
      exchange.write(shared);
      shared.fill(0x2e);
    }
    exchange.end();
    expect(await recorder.over).toMatchObject({ status: 200 });
    expect(text.slice(text.indexOf("\r\n\r\n") + 4) === expected).toBe(true);
  });
});

describe("an abort releases the upstream's socket and silences the handler", () => {
  test("while connecting", async () => {
    const { pool } = await openPool(() => undefined);
    const recorder = new Recorder();
    pool.request(GET, "GET", NO_BODY, recorder).abort();
    expect(pool.stats).toEqual(NONE);
    expect(recorder.calls).toBe(0);
  });

  test("in the middle of the request", async () => {
    const { pool, upstream } = await openPool(() => undefined);
    const recorder = new Recorder();
    const exchange = pool.request(POST_CHUNKED, "POST", CHUNKED_BODY, recorder);
    exchange.write(Buffer.from("hello"));
    await upstream.until(() => upstream.received.includes("hello"));
    const { calls } = recorder;
    exchange.abort();
    exchange.write(Buffer.from("late"));
    exchange.end();
    await upstream.drained();
    expect(upstream.received).not.toContain("late");
    expect(upstream.received).not.toContain("0\r\n\r\n");
    expect(recorder.calls).toBe(calls);
    expect(pool.stats).toEqual(NONE);
  });

  test("in the middle of the answer, from inside the handler", async () => {
    const { pool, upstream } = await openPool((socket) =>
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"),
    );
    const recorder = new Recorder();
    const exchange = pool.request(GET, "GET", NO_BODY, recorder);
    recorder.onFirst = () => exchange.abort();
    await upstream.until(() => upstream.accepted === 1);
    await upstream.drained();
    expect(recorder).toMatchObject({ calls: 1, fault: undefined, isComplete: false });
    expect(pool.stats).toEqual(NONE);
  });

  test("not after the end: the connection stays for the next request", async () => {
    const { pool, upstream } = await openPool((socket) => socket.write(OK));
    const recorder = new Recorder();
    const exchange = pool.request(GET, "GET", NO_BODY, recorder);
    recorder.onFirst = () => exchange.abort();
    await recorder.over;
    exchange.abort();
    const next = new Recorder();
    pool.request(GET, "GET", NO_BODY, next);
    exchange.abort();
    expect(await next.over).toMatchObject({ status: 200 });
    expect(upstream.accepted).toBe(1);
  });
});

test("an answer that closing delimits is complete when the upstream closes", async () => {
  const { pool, upstream } = await openPool((socket) =>
    socket.end(`HTTP/1.1 200 OK\r\n\r\n${"x".repeat(200_000)}`),
  );
  const recorder = new Recorder();
  pool.request(GET, "GET", NO_BODY, recorder);
  expect(await recorder.over).toMatchObject({ bytes: 200_000, isComplete: true, fault: undefined });
  expect(pool.stats).toEqual(NONE);
  await upstream.drained();
});
