import { readFileSync } from "node:fs";
import { join } from "node:path";

import { beforeAll, beforeEach, describe, expect, test } from "vitest";

import { definition } from "./support/definition.ts";
import { addTo, change, denied } from "./support/management.ts";
import { parseMetrics } from "./support/metrics.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { RawConnection } from "./support/raw-connection.ts";
import { ask, askEachEdge, askOver, requestBytes } from "./support/request.ts";
import { Upstream } from "./support/upstream.ts";

const REFUSED = {
  status: 429,
  phrase: "Too Many Requests",
  text: "Error: Too Many Requests",
};
const SERVED = { status: 200, text: "hello" };

let proxy: ProxyProcess;
let upstream: Upstream;
let addresses = 0;

/** An hour: no test runs from one window into the next, but for one in many thousands. */
const limit = (count: number): Readonly<Record<string, unknown>> => ({
  flow_control: { client_spike_threshold: `${count}/hour` },
});

beforeAll(async () => {
  upstream = await Upstream.start();
  proxy = await ProxyProcess.start({
    apis: {
      shop: definition("/shop", upstream.port, limit(4)),
      watched: definition("/watched", upstream.port, { ...limit(1), enable_blocking: false }),
      free: definition("/free", upstream.port),
    },
  });
});

beforeEach(() => upstream.forget());

/** An address that has asked for nothing yet. */
function freshAddress(): string {
  addresses++;
  return `127.0.7.${addresses}`;
}

/** Uses up what an address may ask of the shop. */
async function spend(from: string): Promise<void> {
  for (let i = 0; i < 2; i++) {
    for (const answer of await askEachEdge(proxy.port, { path: "/shop/a", from })) {
      expect(answer).toMatchObject(SERVED);
    }
  }
}

describe("a client over the threshold", () => {
  test("is refused by every edge, and reaches the upstream no more", async () => {
    const from = freshAddress();
    await spend(from);
    upstream.forget();
    for (const answer of await askEachEdge(proxy.port, { path: "/shop/a", from })) {
      expect(answer).toMatchObject(REFUSED);
    }
    expect(upstream.requests).toHaveLength(0);
  });

  test("loses its connection, and what it has sent behind is not served", async () => {
    const from = freshAddress();
    await spend(from);
    upstream.forget();
    const connection = await RawConnection.open(proxy.port, { from });
    const request = requestBytes({ path: "/shop/a" });
    connection.send(Buffer.concat([request, requestBytes({ path: "/free/a" })]));
    await connection.end();
    expect(upstream.requests).toHaveLength(0);
  });

  test("loses its connection with the answer", async () => {
    const from = freshAddress();
    await spend(from);
    const connection = await RawConnection.open(proxy.port, { from });
    expect(await askOver(connection, { path: "/shop/a" })).toMatchObject(REFUSED);
    await connection.end();
  });

  test("is not on the deny list, and other APIs and clients notice nothing", async () => {
    const from = freshAddress();
    await spend(from);
    await ask(proxy.port, { path: "/shop/a", from });
    expect(await denied(proxy)).toEqual([]);
    expect(await ask(proxy.port, { path: "/free/a", from })).toMatchObject(SERVED);
    expect(await ask(proxy.port, { path: "/shop/a", from: freshAddress() })).toMatchObject(SERVED);
  });

  test("gains nothing by naming other addresses", async () => {
    const from = freshAddress();
    await spend(from);
    const headers = { "x-forwarded-for": "192.0.2.77", forwarded: "for=192.0.2.77" };
    expect(await ask(proxy.port, { path: "/shop/a", from, headers })).toMatchObject(REFUSED);
  });

  test("is forwarded where blocking is off, and counted", async () => {
    const from = freshAddress();
    for (let i = 0; i < 3; i++) {
      expect(await ask(proxy.port, { path: "/watched/a", from })).toMatchObject(SERVED);
    }
    const samples = parseMetrics((await ask(proxy.managementPort, { path: "/metrics" })).text);
    expect(samples.get('portcullis_objections_total{api="watched",reason="client-spike"}')).toBe(2);
  });

  test("passes once it is allowed, and with the firewall off", async () => {
    const from = freshAddress();
    await spend(from);
    await change(proxy, "POST", "/firewall?status=disable");
    expect(await ask(proxy.port, { path: "/shop/a", from })).toMatchObject(SERVED);
    await change(proxy, "POST", "/firewall?status=enable");
    expect(await ask(proxy.port, { path: "/shop/a", from })).toMatchObject(REFUSED);
    await addTo(proxy, "whitelist", { type: "ip", value: from });
    expect(await ask(proxy.port, { path: "/shop/a", from })).toMatchObject(SERVED);
  });

  test("stands in the access log with the reason", async () => {
    const from = freshAddress();
    await spend(from);
    await ask(proxy.port, { path: "/shop/a", from });
    const log = join(proxy.state, "logs", "access.log");
    await expect.poll(() => readFileSync(log, "utf8")).toMatch(new RegExp(`${from}.*client-spike`));
  });
});
