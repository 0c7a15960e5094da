import { createServer } from "node:tls";

import { describe, expect, onTestFinished, test } from "vitest";

import { CHUNKED_BODY, NO_BODY, UpstreamOptionsError, UpstreamPool } from "../src/index.ts";
import { CERT, KEY } from "./support/certificate.ts";
import { closedPort, GET, OK, openPool, POST, POST_CHUNKED } from "./support/open-pool.ts";
import { RawUpstream, type Script } from "./support/raw-upstream.ts";
import { Recorder } from "./support/recorder.ts";

const NONE = { open: 0, idle: 0, busy: 0, queued: 0 };
const HEAD_10 = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n";
const CHUNKS = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

const say =
  (text: string): Script =>
  (socket) =>
    socket.write(text, "latin1");
const sayAndEnd =
  (text: string): Script =>
  (socket) =>
    socket.end(text, "latin1");
const sayAndReset =
  (text: string): Script =>
  (socket) =>
    socket.write(text, "latin1", () => socket.resetAndDestroy());

describe("a fault reaches the handler once, and no socket stays", () => {
  test.for([
    { name: "no answer, closed", script: sayAndEnd(""), want: "reset", heads: 0 },
    { name: "half a head, closed", script: sayAndEnd("HTTP/1.1 200 O"), want: "reset", heads: 0 },
    { name: "a short body, closed", script: sayAndEnd(`${HEAD_10}hello`), want: "reset", heads: 1 },
    {
      name: "chunks without the last one, closed",
      script: sayAndEnd(`${CHUNKS}5\r\nhello\r\n`),
      want: "reset",
      heads: 1,
    },
    {
      name: "a reset inside a length",
      script: sayAndReset(`${HEAD_10}hello`),
      want: "reset",
      heads: 1,
    },
    { name: "what is not HTTP", script: say("SSH-2.0-x\r\n"), want: "garbage", heads: 0 },
    { name: "an answer and more", script: say(`${OK}${OK}`), want: "garbage", heads: 0 },
    {
      name: "two framings",
      script: say("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"),
      want: "garbage",
      heads: 0,
    },
    {
      name: "an upgrade nobody asked for",
      script: say("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x02hi"),
      want: "garbage",
      heads: 0,
    },
  ])("$name: $want", async ({ script, want, heads }) => {
    const { pool, upstream } = await openPool(script);
    const recorder = new Recorder();
    pool.request(GET, "GET", NO_BODY, recorder);
    const { fault } = await recorder.over;
    expect(fault).toMatchObject({ code: want, status: 502 });
    expect(Object.isFrozen(fault)).toBe(true);
    expect(recorder.heads).toBe(heads);
    expect(recorder.isComplete).toBe(false);
    expect(pool.stats).toEqual(NONE);
    await upstream.drained();
  });

  test("garbage after the head was handed on: the fault comes instead of the end", async () => {
    const { pool, upstream } = await openPool(say(`${CHUNKS}5\r\nhello\r\n`));
    const recorder = new Recorder();
    recorder.onFirst = () => {
      for (const socket of upstream.sockets) socket.write("XYZ\r\n");
    };
    pool.request(GET, "GET", NO_BODY, recorder);
    expect((await recorder.over).fault).toMatchObject({ code: "garbage" });
    expect(recorder).toMatchObject({ heads: 1, body: "hello", isComplete: false });
    await upstream.drained();
  });

  // A reset that arrives together with the bytes before it looks like a close: libuv reports it so.
  test("a reset does not end a body that closing delimits", async () => {
    const { pool, upstream } = await openPool(say("HTTP/1.1 200 OK\r\n\r\nhello"));
    const recorder = new Recorder();
    recorder.onFirst = () => {
      for (const socket of upstream.sockets) socket.resetAndDestroy();
    };
    pool.request(GET, "GET", NO_BODY, recorder);
    expect((await recorder.over).fault).toMatchObject({ code: "reset", detail: "closed-in-body" });
    expect(recorder).toMatchObject({ heads: 1, body: "hello", isComplete: false });
    await upstream.drained();
  });

  test.for([{ host: "127.0.0.1" }, { host: "localhost" }])(
    "nothing listens on $host: refused, with the reason",
    async ({ host }) => {
      const pool = new UpstreamPool({ host, port: await closedPort() });
      const recorder = new Recorder();
      const exchange = pool.request(POST, "POST", 5, recorder);
      expect(exchange.write(Buffer.from("hello"))).toBe(false);
      exchange.end();
      expect((await recorder.over).fault).toEqual({
        code: "refused",
        status: 502,
        detail: "ECONNREFUSED",
      });
      expect(pool.stats).toEqual(NONE);
    },
  );
});

describe("a time-out is answered with 504, and no socket stays", () => {
  const SHORT = 40;

  test.for([
    { name: "no head", script: say(""), options: { headTimeoutMs: SHORT }, want: "head-timeout" },
    {
      name: "interim answers do not buy time",
      script: say("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 E\r\n\r\nHTTP/1.1 200"),
      options: { headTimeoutMs: SHORT },
      want: "head-timeout",
    },
    {
      name: "a body that stalls",
      script: say(`${HEAD_10}hello`),
      options: { idleTimeoutMs: SHORT },
      want: "idle-timeout",
    },
    {
      name: "a body that never starts",
      script: say(CHUNKS),
      options: { idleTimeoutMs: SHORT },
      want: "idle-timeout",
    },
  ])("$name: $want", async ({ script, options, want }) => {
    const { pool, upstream } = await openPool(script, options);
    const recorder = new Recorder();
    pool.request(GET, "GET", NO_BODY, recorder);
    expect((await recorder.over).fault).toMatchObject({ code: want, status: 504 });
    expect(pool.stats).toEqual(NONE);
    await upstream.drained();
  });

  test("a head that trickles in does not buy time", async () => {
    const { pool, upstream } = await openPool(
      (socket) => {
        const trickle = setInterval(() => socket.write("A: b\r\n"), 5);
        socket.on("close", () => clearInterval(trickle));
        socket.write("HTTP/1.1 200 OK\r\n");
      },
      { headTimeoutMs: SHORT },
    );
    const recorder = new Recorder();
    pool.request(GET, "GET", NO_BODY, recorder);
    expect((await recorder.over).fault).toMatchObject({ code: "head-timeout" });
    await upstream.drained();
  });

  test("an upstream that takes no more of the body", async () => {
    let isStuck = true;
    const { pool, upstream } = await openPool((socket) => isStuck && socket.pause(), {
      idleTimeoutMs: SHORT,
    });
    const recorder = new Recorder();
    const exchange = pool.request(POST_CHUNKED, "POST", CHUNKED_BODY, recorder);
    const chunk = Buffer.alloc(1 << 20);
    recorder.onMore = () => {
      while (exchange.write(chunk)) expect(recorder.fault).toBeUndefined();
    };
    exchange.write(chunk);
    expect((await recorder.over).fault).toMatchObject({ code: "idle-timeout", status: 504 });
    expect(pool.stats).toEqual(NONE);
    isStuck = false;
    for (const socket of upstream.sockets) socket.resume();
    await upstream.drained();
  });

  test("a TLS handshake that never happens", async () => {
    const { pool, upstream } = await openPool(() => undefined, {
      connectTimeoutMs: SHORT,
      tls: {},
    });
    const recorder = new Recorder();
    pool.request(GET, "GET", NO_BODY, recorder);
    expect((await recorder.over).fault).toMatchObject({ code: "connect-timeout", status: 504 });
    expect(pool.stats).toEqual(NONE);
    await upstream.drained();
  });

  test("the queue: overload, which is not the upstream's 504", async () => {
    const { pool } = await openPool(() => undefined, { maxConnections: 1, queueTimeoutMs: SHORT });
    const recorder = new Recorder();
    pool.request(GET, "GET", NO_BODY, new Recorder());
    pool.request(GET, "GET", NO_BODY, recorder);
    expect((await recorder.over).fault).toEqual({
      code: "overload",
      status: 503,
      detail: "queue-timeout",
    });
    expect(pool.stats).toEqual({ open: 1, idle: 0, busy: 1, queued: 0 });
  });

  test("an idle connection is closed after keepAliveMs", async () => {
    const { pool, upstream } = await openPool(say(OK), { keepAliveMs: SHORT });
    const recorder = new Recorder();
    pool.request(GET, "GET", NO_BODY, recorder);
    await recorder.over;
    expect(pool.stats.idle).toBe(1);
    await upstream.drained();
    expect(pool.stats).toEqual(NONE);
  });

  test("an answer paused before it began does not time out either", async () => {
    const { pool, upstream } = await openPool(say(OK), { headTimeoutMs: 20 });
    const paused = new Recorder();
    const exchange = pool.request(GET, "GET", NO_BODY, paused);
    exchange.pause();
    await upstream.until(() => upstream.received === GET);
    // A stalling upstream's time-out, begun after the first request was sent, is the clock.
    const other = await openPool(say(""), { headTimeoutMs: 40 });
    const measure = new Recorder();
    other.pool.request(GET, "GET", NO_BODY, measure);
    expect((await measure.over).fault?.code).toBe("head-timeout");
    expect(paused.calls).toBe(0);
    exchange.resume();
    expect(await paused.over).toMatchObject({ body: "hi", isComplete: true });
  });

  test("a paused answer does not time out: the client's slowness is not the upstream's", async () => {
    const { pool, upstream } = await openPool(say(`${HEAD_10}hello`), { idleTimeoutMs: 20 });
    const [paused, measure] = [new Recorder(), new Recorder()];
    const exchange = pool.request(GET, "GET", NO_BODY, paused);
    paused.onFirst = () => exchange.pause();
    await upstream.until(() => upstream.accepted === 1);
    // The second exchange stalls after the first one: its time-out is the clock of this test.
    pool.request(GET, "GET", NO_BODY, measure);
    await measure.over;
    expect(measure.fault?.code).toBe("idle-timeout");
    expect(paused.fault).toBeUndefined();
    for (const socket of upstream.sockets) socket.write("world");
    exchange.resume();
    expect(await paused.over).toMatchObject({ body: "helloworld", isComplete: true });
  });
});

describe("TLS", () => {
  test.for([
    {
      name: "the right name and authority",
      tls: { ca: CERT, serverName: "upstream.test" },
      want: 200,
    },
    { name: "verification switched off", tls: { rejectUnauthorized: false }, want: 200 },
    {
      name: "an unknown authority",
      tls: { serverName: "upstream.test" },
      want: "DEPTH_ZERO_SELF_SIGNED_CERT",
    },
    {
      name: "another name",
      tls: { ca: CERT, serverName: "other.test" },
      want: "ERR_TLS_CERT_ALTNAME_INVALID",
    },
    {
      name: "the address instead of the name",
      tls: { ca: CERT },
      want: "ERR_TLS_CERT_ALTNAME_INVALID",
    },
  ])("$name: $want", async ({ tls, want }) => {
    const secure = createServer({ cert: CERT, key: KEY });
    secure.on("secureConnection", () => undefined);
    const upstream = new RawUpstream(say(OK), secure);
    const pool = new UpstreamPool({ host: "127.0.0.1", port: await upstream.listen(), tls });
    onTestFinished(() => {
      pool.destroy();
      upstream.close();
    });
    for (let round = 1; round <= 2; round++) {
      const recorder = new Recorder();
      pool.request(GET, "GET", NO_BODY, recorder);
      await recorder.over;
      expect(recorder.fault?.detail ?? recorder.status).toBe(want);
      expect(upstream.received).toBe(want === 200 ? GET.repeat(round) : "");
    }
    expect(pool.stats.open).toBe(want === 200 ? 1 : 0);
  });
});

describe("options that would switch a limit off are refused", () => {
  test.for([
    { option: "headTimeoutMs", value: Number.NaN },
    { option: "idleTimeoutMs", value: 0 },
    { option: "connectTimeoutMs", value: Number.POSITIVE_INFINITY },
    { option: "keepAliveMs", value: -1 },
    { option: "maxConnections", value: 0 },
    { option: "maxHeadBytes", value: 1.5 },
    { option: "maxQueued", value: -1 },
    { option: "port", value: 65_536 },
    { option: "port", value: 0 },
  ])("$option: $value", ({ option, value }) => {
    const open = (): UpstreamPool => new UpstreamPool({ host: "h", port: 1, [option]: value });
    expect(open).toThrow(UpstreamOptionsError);
    expect(open).toThrow(option);
  });
});
