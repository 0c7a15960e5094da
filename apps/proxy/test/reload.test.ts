import { writeFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { definition, pattern } from "./support/definition.ts";
import { change, manage } from "./support/management.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { ask, askEachEdge, askOver, connectToEdge } from "./support/request.ts";
import { Upstream } from "./support/upstream.ts";

const CHANGES = 60;

async function start(): Promise<{ proxy: ProxyProcess; upstream: Upstream }> {
  const upstream = await Upstream.start();
  const proxy = await ProxyProcess.start({
    apis: {
      steady: definition("/steady", upstream.port),
      edited: definition("/edited", upstream.port),
    },
    yaml: "enforcement: { ase_detected_attack: false }\n",
  });
  return { proxy, upstream };
}

describe("definitions that change under load", () => {
  test("fail no request, and hold on every edge when the command has answered", async () => {
    const { proxy, upstream } = await start();
    const run = { goesOn: true };
    const load = [1, 2].map(async (edge) => {
      const connection = await connectToEdge(proxy.port, edge);
      const statuses = new Map<number, number>();
      while (run.goesOn) {
        const body = "x".repeat(statuses.size * 100);
        const { status } = await askOver(connection, { method: "POST", path: "/steady/a", body });
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
      connection.close();
      return statuses;
    });
    const probes = [await connectToEdge(proxy.port, 1), await connectToEdge(proxy.port, 2)];
    const expectOnEachEdge = async (
      method: string,
      path: string,
      status: number,
    ): Promise<void> => {
      for (const probe of probes) {
        expect((await askOver(probe, { method, path })).status).toBe(status);
      }
    };
    for (let n = 0; n < CHANGES; n++) {
      const id = `changing-${n % 3}`;
      const path = `/changing/${n}`;
      await change(proxy, "POST", `/api?api_id=${id}`, definition(path, upstream.port));
      await expectOnEachEdge("PUT", `${path}/a`, 200);
      const stricter = definition(path, upstream.port, pattern({ methods_allowed: ["GET"] }));
      await change(proxy, "PUT", `/api?api_id=${id}`, stricter);
      await expectOnEachEdge("PUT", `${path}/a`, 401);
      await change(proxy, "DELETE", `/api?api_id=${id}`);
      await expectOnEachEdge("GET", `${path}/a`, 503);
    }
    run.goesOn = false;
    for (const statuses of await Promise.all(load)) {
      expect([...statuses.keys()]).toEqual([200]);
      expect(statuses.get(200)).toBeGreaterThan(CHANGES);
    }
    for (const probe of probes) probe.close();
  });

  test("do not take a request from under its upstream: one that was sent ends as it began", async () => {
    const { proxy, upstream } = await start();
    upstream.respond = () => undefined;
    const connections = [await connectToEdge(proxy.port, 1), await connectToEdge(proxy.port, 2)];
    for (const connection of connections) {
      connection.send("GET /edited/a HTTP/1.1\r\nHost: api.example.com\r\n\r\n");
    }
    await expect.poll(() => upstream.requests.length).toBe(2);
    await change(proxy, "DELETE", "/api?api_id=edited");
    await change(proxy, "DELETE", "/api?api_id=steady");
    for (const socket of upstream.sockets)
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate");
    for (const connection of connections) {
      expect(await connection.answer()).toMatchObject({ status: 200, text: "late" });
      connection.close();
    }
    // The server that no API names any more is let go.
    await expect.poll(() => upstream.sockets.size).toBe(0);
  });

  test.for([
    { name: "no JSON", json: "{" },
    { name: "a field out of range", json: definition("/edited", 70_000) },
    { name: "a misspelt switch", json: definition("/edited", 9, { enable_blockng: false }) },
    { name: "the place of another API", json: definition("/steady", 9) },
  ])("change nothing where they are broken: $name", async ({ json }) => {
    const { proxy } = await start();
    const before = await change(proxy, "GET", "/api?api_id=edited");
    expect((await manage(proxy, "PUT", "/api?api_id=edited", json)).status).toBe(400);
    expect((await manage(proxy, "POST", "/api?api_id=new", json)).status).toBe(400);
    writeFileSync(proxy.apiFile("edited"), json);
    expect((await manage(proxy, "PUT", "/api?api_id=edited")).status).toBe(400);
    expect(await change(proxy, "GET", "/api?api_id=edited")).toEqual(before);
    expect((await manage(proxy, "GET", "/api?api_id=new")).status).toBe(404);
    for (const answer of await askEachEdge(proxy.port, { path: "/edited/a" })) {
      expect(answer.status).toBe(200);
    }
  });
});

describe("changes made by command", () => {
  test("are there after a restart, and give way to a file that was edited after them", async () => {
    const { proxy, upstream } = await start();
    await change(proxy, "POST", "/api?api_id=added", definition("/added", upstream.port));
    await change(proxy, "PUT", "/api?api_id=edited", definition("/changed", upstream.port));
    await change(proxy, "DELETE", "/api?api_id=steady");
    await proxy.kill();

    const again = await ProxyProcess.start({ config: proxy.config, state: proxy.state });
    expect(await statusesOf(again)).toEqual({ added: 200, changed: 200, edited: 503, steady: 503 });
    await again.stop();

    writeFileSync(proxy.apiFile("edited"), definition("/edited", upstream.port, { cookie: "new" }));
    writeFileSync(proxy.apiFile("steady"), definition("/steady", upstream.port, { cookie: "new" }));
    const edited = await ProxyProcess.start({ config: proxy.config, state: proxy.state });
    expect(await statusesOf(edited)).toEqual({
      added: 200,
      changed: 503,
      edited: 200,
      steady: 200,
    });
  });

  test("to blocking are there after a restart", async () => {
    const { proxy, upstream } = await start();
    const strict = definition("/strict", upstream.port, pattern({ methods_allowed: ["GET"] }));
    await change(proxy, "POST", "/api?api_id=strict", strict);
    await change(proxy, "POST", "/api/blocking?api_id=strict&status=disable");
    await change(proxy, "POST", "/firewall?status=disable");
    await change(proxy, "POST", "/firewall?status=enable");
    const offence = { method: "PUT", path: "/strict/a" };
    expect((await ask(proxy.port, offence)).status).toBe(200);
    await proxy.kill();
    const again = await ProxyProcess.start({ config: proxy.config, state: proxy.state });
    for (const answer of await askEachEdge(again.port, offence)) expect(answer.status).toBe(200);
    await change(again, "POST", "/api/blocking?api_id=strict&status=enable");
    for (const answer of await askEachEdge(again.port, offence)) expect(answer.status).toBe(401);
  });
});

async function statusesOf(proxy: ProxyProcess): Promise<Record<string, number>> {
  const statuses: Record<string, number> = {};
  for (const name of ["added", "changed", "edited", "steady"]) {
    const answers = await askEachEdge(proxy.port, { path: `/${name}/a` });
    statuses[name] = answers[0]?.status ?? 0;
    expect(answers.map(({ status }) => status)).toEqual([statuses[name], statuses[name]]);
  }
  return statuses;
}
