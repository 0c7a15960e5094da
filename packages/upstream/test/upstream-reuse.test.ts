import { createServer, type TLSSocket } from "node:tls";

import { describe, expect, onTestFinished, test } from "vitest";

import { NO_BODY, UpstreamPool } from "../src/index.ts";
import { CERT, KEY } from "./support/certificate.ts";
import { feedAnswer } from "./support/feed-answer.ts";
import { GET, OK, openPool } from "./support/open-pool.ts";
import { RawUpstream } from "./support/raw-upstream.ts";
import { Recorder } from "./support/recorder.ts";

const kept = (header: string): string =>
  `HTTP/1.1 200 OK\r\nKeep-Alive: ${header}\r\nContent-Length: 2\r\n\r\nhi`;

describe("what the upstream says of how long it keeps a connection", () => {
  test.for([
    { name: "no time", header: "timeout=0" },
    { name: "one second, in which a request would cross its close", header: "timeout=1" },
    { name: "no time, behind another parameter", header: "max=5, timeout = 0" },
    { name: "no time, in another case and quoted", header: 'TimeOut="0"' },
    { name: "two values: the shorter one", header: "timeout=60\r\nKeep-Alive: timeout=0" },
  ])("is honoured: $name", async ({ header }) => {
    const { pool, upstream } = await openPool((socket) => socket.write(kept(header)));
    for (let i = 1; i <= 2; i++) {
      const recorder = new Recorder();
      pool.request(GET, "GET", NO_BODY, recorder);
      expect(await recorder.over).toMatchObject({ isComplete: true });
      expect(pool.stats.open).toBe(0);
      expect(upstream.accepted).toBe(i);
    }
  });

  test.for([
    { name: "a minute", header: "timeout=60" },
    { name: "longer than any number", header: `timeout=${"9".repeat(400)}` },
    { name: "nothing", header: "" },
    { name: "no number", header: "timeout=soon" },
    { name: "a name that only ends so", header: "notimeout=0" },
    { name: "less than nothing", header: "timeout=-1" },
  ])("is no reason to close, nor to keep for longer than we do: $name", async ({ header }) => {
    const { pool, upstream } = await openPool((socket) => socket.write(kept(header)), {
      keepAliveMs: 40,
    });
    for (let i = 0; i < 2; i++) {
      const recorder = new Recorder();
      pool.request(GET, "GET", NO_BODY, recorder);
      expect(await recorder.over).toMatchObject({ headers: [] });
    }
    expect(upstream.accepted).toBe(1);
    await upstream.drained();
  });

  test("is read wherever the head is cut", () => {
    const raw = kept("timeout=5");
    for (let cut = 1; cut < raw.length; cut++) {
      expect(feedAnswer(raw, [cut])).toMatchObject({ headers: [], body: "hi", isReusable: true });
    }
  });

  test("waits for nobody: who is next gets a fresh connection", async () => {
    const { pool, upstream } = await openPool((socket) => socket.write(kept("timeout=0")), {
      maxConnections: 1,
    });
    const recorders = [new Recorder(), new Recorder(), new Recorder()];
    for (const recorder of recorders) pool.request(GET, "GET", NO_BODY, recorder);
    for (const recorder of recorders) expect(await recorder.over).toMatchObject({ status: 200 });
    expect(upstream.accepted).toBe(3);
  });
});

describe("a TLS session", () => {
  test.for([{ version: "TLSv1.2" as const }, { version: "TLSv1.3" as const }])(
    "is resumed by the next connection: $version",
    async ({ version }) => {
      const reused: boolean[] = [];
      const server = createServer({ cert: CERT, key: KEY, maxVersion: version });
      server.on("secureConnection", (socket: TLSSocket) => reused.push(socket.isSessionReused()));
      const upstream = new RawUpstream((socket) => socket.end(OK), server);
      const port = await upstream.listen();
      const tls = { ca: CERT, serverName: "upstream.test" };
      const pool = new UpstreamPool({ host: "127.0.0.1", port, tls });
      const other = new UpstreamPool({ host: "127.0.0.1", port, tls });
      onTestFinished(() => {
        pool.destroy();
        other.destroy();
        upstream.close();
      });
      for (const each of [pool, pool, pool, other]) {
        const recorder = new Recorder();
        each.request(GET, "GET", NO_BODY, recorder);
        expect(await recorder.over).toMatchObject({ isComplete: true });
        await upstream.drained();
      }
      expect(reused).toEqual([false, true, true, false]);
    },
  );

  test("of an upstream that was not verified is never resumed by a pool that verifies", async () => {
    const server = createServer({ cert: CERT, key: KEY });
    server.on("secureConnection", () => undefined);
    const upstream = new RawUpstream((socket) => socket.end(OK), server);
    const port = await upstream.listen();
    const lax = new UpstreamPool({ host: "127.0.0.1", port, tls: { rejectUnauthorized: false } });
    const strict = new UpstreamPool({ host: "127.0.0.1", port, tls: {} });
    onTestFinished(() => {
      lax.destroy();
      strict.destroy();
      upstream.close();
    });
    for (const [pool, want] of [
      [lax, undefined],
      [strict, "refused"],
      [strict, "refused"],
    ] as const) {
      const recorder = new Recorder();
      pool.request(GET, "GET", NO_BODY, recorder);
      expect((await recorder.over).fault?.code).toBe(want);
    }
  });
});
