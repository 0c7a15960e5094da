import { beforeAll, describe, expect, test } from "vitest";

import { headerOf } from "./support/answer.ts";
import { definition } from "./support/definition.ts";
import { parseMetrics } from "./support/metrics.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { ask, askEachEdge } from "./support/request.ts";
import { plainAnswer, Upstream } from "./support/upstream.ts";
import { waitFor } from "./support/wait-for.ts";

let proxy: ProxyProcess;
let sick: Upstream;
let well: Upstream;
let lonely: Upstream;

function answerHealthWith(upstream: Upstream, status: string): void {
  upstream.respond = ({ target }) =>
    target === "/alive?deep=1" ? plainAnswer("", "", status) : plainAnswer("hello");
}

/** Requests of clients. */
function servedBy(upstream: Upstream): number {
  return upstream.requests.filter(({ target }) => target === "/shop/a").length;
}

async function serversDown(): Promise<number | undefined> {
  const { text } = await ask(proxy.managementPort, { path: "/metrics" });
  return parseMetrics(text).get("portcullis_servers_down");
}

async function askOften(): Promise<void> {
  for (const upstream of [sick, well]) upstream.forget();
  for (let n = 0; n < 6; n++) {
    for (const answer of await askEachEdge(proxy.port, { path: "/shop/a" })) {
      expect(answer.status).toBe(200);
    }
  }
}

beforeAll(async () => {
  sick = await Upstream.start();
  well = await Upstream.start();
  lonely = await Upstream.start();
  lonely.respond = () => plainAnswer("", "", "500 Internal Server Error");
  const checks = {
    health_check: true,
    health_check_interval: 1,
    health_retry_count: 1,
    health_url: "/alive?deep=1",
  };
  const servers = [sick, well].map(({ port }) => ({ host: "127.0.0.1", port }));
  proxy = await ProxyProcess.start({
    apis: {
      shop: definition("/shop", undefined, { ...checks, servers }),
      lonely: definition("/lonely", lonely.port, checks),
    },
  });
});

describe("health checks", () => {
  test("ask every server for what the definition says", async () => {
    await waitFor("both to be asked", () => sick.requests.length > 0 && well.requests.length > 0);
    const [first] = sick.requests;
    expect(first).toMatchObject({ method: "GET", target: "/alive?deep=1" });
    expect(first && headerOf(first, "host")).toBe(`127.0.0.1:${sick.port}`);
    expect(await serversDown()).toBe(0);
  });

  test("take a server out on every edge that answers badly, and bring it back", async () => {
    answerHealthWith(sick, "503 Service Unavailable");
    await waitFor("the server to be down", async () => (await serversDown()) === 1);
    await askOften();
    expect([servedBy(sick), servedBy(well)]).toEqual([0, 12]);
    expect(proxy.stderr).toContain(`server 127.0.0.1:${sick.port} is down: status 503`);

    answerHealthWith(sick, "204 No Content");
    await waitFor("the server to be up", async () => (await serversDown()) === 0);
    await waitFor("the server to have a part again", async () => {
      await askOften();
      return servedBy(sick) > 0;
    });
    expect(proxy.stderr).toContain(`server 127.0.0.1:${sick.port} is up: status 204`);
  });

  test("that take all servers out do not take the API out", async () => {
    for (const upstream of [sick, well]) answerHealthWith(upstream, "500 Internal Server Error");
    await waitFor("both to be down", async () => (await serversDown()) === 2);
    await askOften();
    expect(servedBy(sick) + servedBy(well)).toBe(12);
  });

  test("leave a server alone that is the only one: there is nowhere else to send to", () => {
    expect(lonely.accepted).toBe(0);
    expect(sick.accepted).toBeGreaterThan(2);
  });
});
