import { createServer } from "node:tls";

import { describe, expect, onTestFinished, test } from "vitest";

import {
  allocateServerStates,
  HealthChecker,
  type HealthTarget,
  ServerStates,
} from "../../src/index.ts";
import { CERT, KEY } from "../support/certificate.ts";
import { closedPort, OK } from "../support/open-pool.ts";
import { RawUpstream, type Script } from "../support/raw-upstream.ts";

const answer: Script = (socket) => socket.write(OK);
const status =
  (code: number): Script =>
  (socket) =>
    socket.write(`HTTP/1.1 ${code} X\r\nContent-Length: 0\r\n\r\n`);

interface Change {
  readonly seat: number;
  readonly isUp: boolean;
  readonly reason: string;
}

/** A checker of one raw upstream, and the changes it tells. */
async function openChecker(script: Script, options: Partial<HealthTarget> = {}) {
  const upstream = new RawUpstream(script);
  const port = await upstream.listen();
  const states = new ServerStates(allocateServerStates({ seats: 8, edges: 1 }), 0);
  const changes: Change[] = [];
  const waiters: (() => void)[] = [];
  const checker = new HealthChecker(states, ({ seat }, isUp, reason) => {
    changes.push({ seat, isUp, reason });
    for (const wake of waiters.splice(0)) wake();
  });
  onTestFinished(() => {
    checker.stop();
    upstream.close();
  });
  const target: HealthTarget = {
    seat: 3,
    host: "127.0.0.1",
    port,
    path: "/health?deep=1",
    intervalMs: 15,
    retries: 2,
    ...options,
  };
  checker.replace([target]);
  const changed = async (count: number): Promise<Change[]> => {
    while (changes.length < count) {
      await new Promise<void>((resolve) => {
        waiters.push(resolve);
      });
    }
    return changes;
  };
  return { checker, changed, changes, states, target, upstream };
}

describe("a check", () => {
  test("asks for the path with one request, on a connection of its own each time", async () => {
    const { target, upstream } = await openChecker(answer);
    await upstream.until(() => upstream.accepted >= 3);
    const requests = upstream.received.split("\r\n\r\n");
    expect(requests[0]).toBe(
      `GET /health?deep=1 HTTP/1.1\r\nHost: 127.0.0.1:${target.port}\r\n` +
        "User-Agent: portcullis-health-check\r\nAccept: */*\r\nConnection: close",
    );
  });

  test.for([
    { name: "204", script: status(204) },
    { name: "302, as to a login page", script: status(302) },
    { name: "399", script: status(399) },
    {
      name: "200 with a body that never ends",
      script: ((socket) =>
        socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")) satisfies Script,
    },
  ])("is content with $name", async ({ script }) => {
    const { changes, states, upstream } = await openChecker(script);
    await upstream.until(() => upstream.accepted >= 4);
    expect(changes).toEqual([]);
    expect(states.isDown(3)).toBe(false);
  });

  test.for([
    { name: "404", script: status(404), reason: "status 404" },
    { name: "500", script: status(500), reason: "status 500" },
    { name: "503", script: status(503), reason: "status 503" },
    {
      name: "silence",
      script: (() => undefined) satisfies Script,
      reason: "head-timeout: head-timeout",
    },
    {
      name: "a head that trickles",
      script: ((socket) => socket.write("HTTP/1.1 200 OK\r\nX: y\r\n")) satisfies Script,
      reason: "head-timeout: head-timeout",
    },
    {
      name: "a reset",
      script: ((socket) => socket.resetAndDestroy()) satisfies Script,
      reason: "reset: closed-before-head",
    },
    {
      name: "what is no HTTP",
      script: ((socket) => socket.write("+PONG\r\n")) satisfies Script,
      reason: "garbage: bad-status-line",
    },
  ])("is not content with $name, after the retries", async ({ script, reason }) => {
    const { changed, states, upstream } = await openChecker(script);
    expect(await changed(1)).toEqual([{ seat: 3, isUp: false, reason }]);
    expect(upstream.accepted).toBe(2);
    expect(states.isDown(3)).toBe(true);
    expect(states.isDown(2)).toBe(false);
  });

  test("is not content with a port where nobody listens", async () => {
    const { changed } = await openChecker(answer, { port: await closedPort() });
    expect(await changed(1)).toMatchObject([{ isUp: false, reason: "refused: ECONNREFUSED" }]);
  });

  test("verifies the certificate: an impostor is not healthy", async () => {
    const tlsServer = createServer({ cert: CERT, key: KEY });
    tlsServer.on("secureConnection", () => undefined);
    const impostor = new RawUpstream(answer, tlsServer);
    onTestFinished(() => impostor.close());
    const port = await impostor.listen();
    const { changed } = await openChecker(answer, { port, tls: {} });
    expect(await changed(1)).toMatchObject([
      { isUp: false, reason: "refused: DEPTH_ZERO_SELF_SIGNED_CERT" },
    ]);
    expect(impostor.received).toBe("");
  });
});

test("one healthy answer between failures keeps a server up, and one after them brings it back", async () => {
  const say = [500, 200, 500, 200, 500, 500, 500, 200];
  let at = 0;
  const { changed, states, upstream } = await openChecker((socket) => {
    const code = say[at++] ?? 200;
    socket.write(`HTTP/1.1 ${code} X\r\nContent-Length: 0\r\n\r\n`);
  });
  expect(await changed(1)).toMatchObject([{ isUp: false, reason: "status 500" }]);
  expect(upstream.accepted).toBe(6);
  expect(await changed(2)).toMatchObject([{}, { isUp: true, reason: "status 200" }]);
  expect(upstream.accepted).toBe(8);
  expect(states.isDown(3)).toBe(false);
});

test("a check never overlaps itself, however slow the server", async () => {
  let open = 0;
  let most = 0;
  const { changed, upstream } = await openChecker(
    (socket) => {
      open++;
      most = Math.max(most, open);
      socket.on("close", () => open--);
    },
    { intervalMs: 10, retries: 3 },
  );
  await changed(1);
  expect(upstream.accepted).toBe(3);
  expect(most).toBe(1);
});

describe("changing what is checked", () => {
  test("APIs that ask the same of a server share its check, and each gets the outcome", async () => {
    const { checker, changed, states, target, upstream } = await openChecker(status(500));
    checker.replace([target, { ...target, seat: 5 }]);
    expect(await changed(2)).toMatchObject([
      { seat: 3, isUp: false },
      { seat: 5, isUp: false },
    ]);
    expect(upstream.accepted).toBe(2);
    checker.replace([target, { ...target, seat: 6 }]);
    expect([3, 5, 6].map((seat) => states.isDown(seat))).toEqual([true, false, true]);
  });

  test("a server that is checked no more counts as up, and no socket stays", async () => {
    const { checker, changed, states, upstream } = await openChecker(() => undefined);
    await changed(1);
    await upstream.until(() => upstream.sockets.size === 1);
    checker.replace([]);
    expect(states.isDown(3)).toBe(false);
    await upstream.drained();
  });

  test("stop leaves no socket, and nothing is told any more", async () => {
    const { checker, changes, upstream } = await openChecker(() => undefined, { intervalMs: 1000 });
    await upstream.until(() => upstream.sockets.size === 1);
    checker.stop();
    await upstream.drained();
    expect(changes).toEqual([]);
  });

  test.for([
    { name: "a path with a second request", bad: { path: "/ HTTP/1.1\r\nX: y\r\n\r\nGET /" } },
    { name: "a path from nowhere", bad: { path: "health" } },
    { name: "a path that is not ASCII", bad: { path: "/\u010a" } },
    { name: "an authority with a header behind it", bad: { authority: "a\r\nX: y" } },
    { name: "no interval", bad: { intervalMs: 0 } },
    { name: "no retries", bad: { retries: 0 } },
    { name: "a port that is none", bad: { port: 70_000 } },
  ])("$name is refused, and the checks go on as they were", async ({ bad }) => {
    const { checker, target, upstream } = await openChecker(answer);
    expect(() =>
      checker.replace([
        { ...target, seat: 1 },
        { ...target, ...bad },
      ]),
    ).toThrow("expected");
    const { accepted } = upstream;
    await upstream.until(() => upstream.accepted > accepted);
    expect(upstream.received).not.toContain("X: y");
  });
});
