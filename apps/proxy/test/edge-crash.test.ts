import { fileURLToPath } from "node:url";

import { beforeAll, describe, expect, test } from "vitest";

import { definition, pattern } from "./support/definition.ts";
import { addTo, change } from "./support/management.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { ask, askEachEdge, askOver, connectToEdge } from "./support/request.ts";
import { Upstream } from "./support/upstream.ts";
import { waitFor } from "./support/wait-for.ts";

const CRASH_EDGE = fileURLToPath(new URL("support/crash-edge.mjs", import.meta.url));

let proxy: ProxyProcess;

beforeAll(async () => {
  const upstream = await Upstream.start();
  proxy = await ProxyProcess.start({
    apis: {
      shop: definition("/shop", upstream.port, {
        oauth2_access_token: true,
        ...pattern({ methods_allowed: ["GET"] }),
      }),
    },
    nodeArguments: ["--import", CRASH_EDGE],
  });
});

describe("an edge that fails", () => {
  test.for([1, 2, 3])(
    "costs its own connections only, and is started again (time %i)",
    async (time) => {
      const connections = [await connectToEdge(proxy.port, 1), await connectToEdge(proxy.port, 2)];
      const headers = { authorization: `Bearer offender-${time}` };
      await ask(proxy.port, { method: "PUT", path: "/shop/a", headers });

      proxy.child.kill("SIGUSR2");
      await waitFor("a connection to be lost", () => connections.some((each) => each.isOver));
      const survivors = connections.filter((each) => !each.isOver);
      expect(survivors).toHaveLength(1);
      for (const survivor of survivors) {
        expect(await askOver(survivor, { path: "/shop/a" })).toMatchObject({ status: 200 });
        survivor.close();
      }

      await waitFor("the crash to be seen", async () => (await restarts()) === time);
      await waitFor("both edges", async () => (await readiness()) === 200);
      // What was denied before is denied on the new one too, and so is what is denied from now on.
      for (const answer of await askEachEdge(proxy.port, { path: "/shop/a", headers })) {
        expect(answer.status).toBe(403);
      }
      await addTo(proxy, "blacklist", { type: "token", value: `after-${time}` });
      const after = { path: "/shop/a", headers: { authorization: `Bearer after-${time}` } };
      for (const answer of await askEachEdge(proxy.port, after)) expect(answer.status).toBe(403);
    },
  );

  test("under load costs no other edge a request, and is back", async () => {
    const before = await restarts();
    const run = { goesOn: true };
    const load = [await connectToEdge(proxy.port, 1), await connectToEdge(proxy.port, 2)].map(
      async (connection) => {
        let served = 0;
        while (run.goesOn) {
          connection.send("GET /shop/a HTTP/1.1\r\nHost: api.example.com\r\n\r\n");
          const answer = await connection.answerOrEnd();
          if (answer === undefined) return { served, isLost: true };
          expect(answer.status).toBe(200);
          served++;
        }
        connection.close();
        return { served, isLost: false };
      },
    );
    proxy.child.kill("SIGUSR2");
    await waitFor("the crash to be seen", async () => (await restarts()) === before + 1);
    await waitFor("both edges", async () => (await readiness()) === 200);
    run.goesOn = false;
    const ends = await Promise.all(load);
    expect(ends.filter(({ isLost }) => isLost)).toHaveLength(1);
    for (const answer of await askEachEdge(proxy.port, { path: "/shop/a" })) {
      expect(answer.status).toBe(200);
    }
  });

  test("is named in the log, and takes new definitions when it is back", async () => {
    expect(proxy.stderr).toContain("made by a test");
    const decoy = definition("/decoy", undefined, { decoy_config: { decoy_enabled: true } });
    await change(proxy, "POST", "/api?api_id=decoy", decoy);
    for (const answer of await askEachEdge(proxy.port, { path: "/decoy/a", from: "127.0.8.1" })) {
      expect(answer.status).toBe(200);
    }
    expect((await proxy.stop()).code).toBe(0);
  });
});

async function readiness(): Promise<number> {
  return (await ask(proxy.managementPort, { path: "/readyz" })).status;
}

async function restarts(): Promise<number> {
  const { text } = await ask(proxy.managementPort, { path: "/metrics" });
  return Number(/^portcullis_edge_restarts_total (\d+)$/m.exec(text)?.[1]);
}
