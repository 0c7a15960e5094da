import { beforeAll, beforeEach, describe, expect, test } from "vitest";

import { definition, type Metadata } from "./support/definition.ts";
import { change } from "./support/management.ts";
import { parseMetrics } from "./support/metrics.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import type { RawConnection } from "./support/raw-connection.ts";
import { ask, askEachEdge, askOver, connectToEdge } from "./support/request.ts";
import { plainAnswer, Upstream } from "./support/upstream.ts";
import { waitFor } from "./support/wait-for.ts";

const UNAVAILABLE = { status: 503, text: "Error: No Backend Available" };
const GONE = { health_check: false };

let proxy: ProxyProcess;
let one: Upstream;
let two: Upstream;

/** An API with several servers, each with the same limits, and without health checks. */
function balanced(
  url: string,
  ports: readonly number[],
  more: Metadata = {},
  limits: Metadata = {},
): string {
  const servers = ports.map((port) => ({ host: "127.0.0.1", port, ...limits }));
  return definition(url, undefined, { ...GONE, ...more, servers });
}

function received(): number {
  return one.requests.length + two.requests.length;
}

/** Two requests that are not answered, on both edges, and a third one. */
async function fill(path: string): Promise<RawConnection[]> {
  one.respond = () => undefined;
  two.respond = () => undefined;
  const connections: RawConnection[] = [];
  for (const [at, edge] of [1, 2, 1].entries()) {
    const connection = await connectToEdge(proxy.port, edge);
    connections.push(connection);
    connection.send(`GET ${path}/${at} HTTP/1.1\r\nHost: api.example.com\r\n\r\n`);
    await waitFor("the request to arrive", () => received() === Math.min(2, at + 1));
  }
  return connections;
}

/** Which server has a session, whatever the edge. */
async function serverOf(session: string): Promise<number> {
  one.forget();
  two.forget();
  const headers = { cookie: `theme=dark; SESSION=${session}` };
  for (let n = 0; n < 2; n++) {
    for (const answer of await askEachEdge(proxy.port, { path: "/bound/a", headers })) {
      expect(answer.status).toBe(200);
    }
  }
  expect([0, 4]).toContain(one.requests.length);
  expect(received()).toBe(4);
  return one.requests.length === 4 ? 1 : 2;
}

beforeAll(async () => {
  one = await Upstream.start();
  two = await Upstream.start();
  const ports = [one.port, two.port];
  const quota = { server_connection_quota: 1 };
  proxy = await ProxyProcess.start({
    apis: {
      shared: balanced("/shared", ports),
      patient: balanced(
        "/patient",
        ports,
        { flow_control: { server_connection_queueing: true } },
        quota,
      ),
      strict: balanced("/strict", ports, {}, quota),
      spiky: balanced("/spiky", ports, {}, { server_spike_threshold: "2/hour" }),
      bound: balanced("/bound", ports, { cookie: "SESSION", cookie_persistence_enabled: true }),
    },
  });
});

beforeEach(() => {
  for (const upstream of [one, two]) {
    upstream.forget();
    upstream.respond = () => plainAnswer("hello");
  }
});

describe("the servers of an API", () => {
  test("share its requests on every edge", async () => {
    for (const edge of [1, 2]) {
      const connection = await connectToEdge(proxy.port, edge);
      for (let n = 0; n < 20; n++) {
        expect((await askOver(connection, { path: "/shared/a" })).status).toBe(200);
      }
      connection.close();
      expect([one.requests.length, two.requests.length]).toEqual([10 * edge, 10 * edge]);
    }
  });

  test("of which one is busy leave its share to the other", async () => {
    one.respond = () => undefined;
    const connection = await connectToEdge(proxy.port, 1);
    const stuck = await connectToEdge(proxy.port, 1);
    for (let sent = 1; one.requests.length === 0; sent++) {
      stuck.send("GET /shared/stuck HTTP/1.1\r\nHost: api.example.com\r\n\r\n");
      await waitFor("the request to arrive", () => received() === sent);
      if (one.requests.length === 0) await stuck.answer();
    }
    two.forget();
    for (let n = 0; n < 10; n++) await askOver(connection, { path: "/shared/a" });
    expect(two.requests).toHaveLength(10);
    stuck.close();
    connection.close();
  });

  test("of which one cannot be reached cost no request, whatever its method; it comes back", async () => {
    const away = await Upstream.start();
    const { port } = away;
    await away.close();
    await change(proxy, "POST", "/api?api_id=away", balanced("/away", [port, one.port]));
    const connections = [await connectToEdge(proxy.port, 1), await connectToEdge(proxy.port, 2)];
    const askAll = async (): Promise<void> => {
      for (const connection of connections) {
        const post = { method: "POST", path: "/away/a", body: "order" };
        expect((await askOver(connection, post)).status).toBe(200);
      }
    };
    for (let n = 0; n < 20; n++) await askAll();
    expect(one.requests.map(({ body }) => body.toString())).toEqual(Array(40).fill("order"));
    const back = await Upstream.start(undefined, port);
    await waitFor("the server to have a part again", async () => {
      await askAll();
      return back.requests.length > 1;
    });
    for (const connection of connections) connection.close();
    await change(proxy, "DELETE", "/api?api_id=away");
  });

  test("of which one answers nobody fail three requests of an edge, not every second", async () => {
    const broken = await Upstream.start();
    broken.respond = (_request, socket) => {
      socket.destroy();
      return undefined;
    };
    await change(proxy, "POST", "/api?api_id=half", balanced("/half", [broken.port, one.port]));
    for (const edge of [1, 2]) {
      const statuses: number[] = [];
      for (let n = 0; n < 20; n++) {
        // A fault closes the client's connection.
        const connection = await connectToEdge(proxy.port, edge);
        statuses.push((await askOver(connection, { path: "/half/a" })).status);
        connection.close();
      }
      expect(statuses.filter((status) => status === 502)).toHaveLength(3);
      expect(statuses.filter((status) => status === 200)).toHaveLength(17);
    }
    await change(proxy, "DELETE", "/api?api_id=half");
  });

  test("that change under load fail no request, and take what they are given at once", async () => {
    const third = await Upstream.start();
    const run = { goesOn: true };
    const load = [1, 2].map(async (edge) => {
      const connection = await connectToEdge(proxy.port, edge);
      const statuses = new Set<number>();
      for (let n = 0; run.goesOn; n++) {
        const request = { method: n % 2 === 0 ? "GET" : "POST", path: "/shared/load", body: "x" };
        statuses.add((await askOver(connection, request)).status);
      }
      connection.close();
      return [...statuses];
    });
    const probe = await connectToEdge(proxy.port, 2);
    const sets = [[one], [one, third], [third], [two, one, third], [two]];
    for (let n = 0; n < 40; n++) {
      const set = sets[n % sets.length] ?? [];
      const json = balanced(
        "/shared",
        set.map(({ port }) => port),
      );
      await change(proxy, "PUT", "/api?api_id=shared", json);
      await askOver(probe, { path: `/shared/probe-${n}` });
      const served = [one, two, third].filter((each) =>
        each.requests.some(({ target }) => target === `/shared/probe-${n}`),
      );
      expect(served).toHaveLength(1);
      expect(set).toContain(served[0]);
    }
    run.goesOn = false;
    expect(await Promise.all(load)).toEqual([[200], [200]]);
    probe.close();
    // Those that nobody names any more have no connection left.
    await expect.poll(() => third.sockets.size).toBe(0);
  });
});

describe("quotas", () => {
  test("hold over all edges; with queueing, whoever comes past them waits for a place", async () => {
    const [first, second, third] = await fill("/patient");
    // Behind the third one, on its edge: it has been looked at.
    (await connectToEdge(proxy.port, 1)).close();
    expect([one.requests.length, two.requests.length]).toEqual([1, 1]);
    expect(third?.received()).toBe("");
    for (const socket of one.sockets) socket.write(plainAnswer("done"));
    await waitFor("the third one", () => one.requests.length === 2);
    expect(two.requests).toHaveLength(1);
    for (const socket of [...one.sockets, ...two.sockets]) socket.write(plainAnswer("done"));
    for (const connection of [first, second, third]) {
      expect(await connection?.answer()).toMatchObject({ status: 200, text: "done" });
      connection?.close();
    }
  });

  test("without queueing are 503 to whoever comes past them, and are free again after", async () => {
    const [first, second, third] = await fill("/strict");
    expect(await third?.answer()).toMatchObject(UNAVAILABLE);
    for (const connection of [first, second, third]) connection?.close();
    await waitFor("the places to be free", async () => {
      one.respond = () => plainAnswer("hello");
      two.respond = () => plainAnswer("hello");
      return (await ask(proxy.port, { path: "/strict/next" })).status === 200;
    });
    const { text } = await ask(proxy.managementPort, { path: "/metrics" });
    const overload = 'portcullis_forwarded_total{api="strict",outcome="overload"}';
    expect(parseMetrics(text).get(overload)).toBeGreaterThan(0);
  });

  test("of requests in a period hold over all edges", async () => {
    const statuses: number[] = [];
    for (const edge of [1, 2, 1, 2, 1, 2]) {
      const connection = await connectToEdge(proxy.port, edge);
      statuses.push((await askOver(connection, { path: "/spiky/a" })).status);
      connection.close();
    }
    expect(statuses).toEqual([200, 200, 200, 200, 503, 503]);
    expect([one.requests.length, two.requests.length]).toEqual([2, 2]);
  });
});

describe("a session", () => {
  test("stays with one server on every edge and through a restart, and sessions are shared", async () => {
    const sessions = Array.from({ length: 24 }, (_, index) => `session-${index}`);
    const before = new Map<string, number>();
    for (const session of sessions) before.set(session, await serverOf(session));
    expect(new Set(before.values())).toEqual(new Set([1, 2]));

    await proxy.stop();
    proxy = await ProxyProcess.start({ config: proxy.config, state: proxy.state });
    // Known by its name and port, not by what is remembered of it.
    for (const session of sessions.slice(0, 6)) {
      expect(await serverOf(session)).toBe(before.get(session));
    }
  });
});
