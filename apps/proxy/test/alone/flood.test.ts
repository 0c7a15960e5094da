import { setTimeout as pause } from "node:timers/promises";

import { describe, expect, test } from "vitest";

import { definition, pattern } from "../support/definition.ts";
import { addTo, change, manage } from "../support/management.ts";
import { ProxyProcess } from "../support/proxy-process.ts";
import type { RawConnection } from "../support/raw-connection.ts";
import { type Ask, ask, askEachEdge, askOver, connectToEdge } from "../support/request.ts";
import { Upstream } from "../support/upstream.ts";

const TOKENS = 100_000;
const AT_ONCE = 16;
const LIMIT = 20_000;
/** Heap of each thread: a proxy that keeps what it should not ends for lack of memory. */
const HEAP_MEGABYTES = 192;
/** Generous: heaps that have grown to their limits, and the pages of the store that were touched. */
const GROWTH_LIMIT_BYTES = 500 * 1024 * 1024;
/** Somebody else, meanwhile, waits at most so long. */
const SERVED_WITHIN_MS = 1000;

describe("100,000 random tokens of one client", () => {
  test("take bounded memory, evict nothing that a person listed, and keep nobody waiting", async () => {
    const upstream = await Upstream.start();
    const proxy = await ProxyProcess.start({
      apis: {
        shop: definition("/shop", upstream.port, {
          oauth2_access_token: true,
          ...pattern({ methods_allowed: ["GET"] }),
        }),
      },
      yaml: `lists: { automatic_limit: ${LIMIT}, capacity: 50000 }\n`,
      nodeArguments: [`--max-old-space-size=${HEAP_MEGABYTES}`],
    });
    await addTo(proxy, "blacklist", { type: "token", value: "by-hand" });
    await addTo(proxy, "whitelist", { type: "token", value: "trusted" });
    const before = proxy.residentBytes();

    let isFlooding = true;
    const others = serveOthers(proxy, () => isFlooding);
    const byHand = listByHand(proxy, () => isFlooding);
    // Two crowds an edge, each with its share of the tokens.
    await Promise.all(
      [1, 2, 1, 2].map(async (edge, part) => flood(await crowdAt(proxy.port, edge), part, 4)),
    );
    isFlooding = false;
    const { served, slowestMs } = await others;
    expect(await byHand).toEqual([]);

    expect(served).toBeGreaterThan(50);
    expect(slowestMs).toBeLessThan(SERVED_WITHIN_MS);
    await expect.poll(async () => listed(proxy, "method"), { timeout: 20_000 }).toBe(LIMIT);
    expect(proxy.residentBytes() - before).toBeLessThan(GROWTH_LIMIT_BYTES);
    expect(await listed(proxy, "manual")).toBeGreaterThan(1);
    // What the disk could not follow is counted; the first 50,000 are always taken up.
    const lost = await metric(proxy, "portcullis_offences_lost_total");
    expect(lost).toBeLessThanOrEqual(TOKENS - 50_000);
    for (const answer of await askEachEdge(proxy.port, get("by-hand")))
      expect(answer.status).toBe(403);
    for (const answer of await askEachEdge(proxy.port, get("trusted")))
      expect(answer.status).toBe(200);
    for (const answer of await askEachEdge(proxy.port, get("somebody")))
      expect(answer.status).toBe(200);
    // The newest offender is kept, the oldest one is not.
    const last = "the-last-offender";
    await ask(proxy.port, { ...get(last), method: "PUT" });
    await expect.poll(() => statusesOf(proxy, last)).toEqual([403, 403]);
    expect((await ask(proxy.port, get(tokenOf(0)))).status).toBe(200);
    // And a person can still list somebody, at once.
    await addTo(proxy, "blacklist", { type: "token", value: "after-the-flood" });
    for (const answer of await askEachEdge(proxy.port, get("after-the-flood"))) {
      expect(answer.status).toBe(403);
    }
    await change(proxy, "DELETE", "/firewall/blacklist?tag=all");
    for (const answer of await askEachEdge(proxy.port, get(last))) {
      expect(answer.status).toBe(200);
    }
  }, 120_000);
});

async function statusesOf(proxy: ProxyProcess, token: string): Promise<number[]> {
  return (await askEachEdge(proxy.port, get(token))).map(({ status }) => status);
}

/** A person who lists somebody every now and then, and expects it to hold at once. */
async function listByHand(proxy: ProxyProcess, goesOn: () => boolean): Promise<string[]> {
  const failures: string[] = [];
  for (let n = 0; goesOn(); n++) {
    const value = `listed-meanwhile-${n}`;
    const body = JSON.stringify({ type: "token", value });
    const { status, text } = await manage(proxy, "POST", "/firewall/blacklist", body);
    if (status !== 200) failures.push(`${status} ${text}`);
    else if ((await statusesOf(proxy, value)).join() !== "403,403")
      failures.push(`${value} is served`);
    await pause(200);
  }
  return failures;
}

function get(token: string): Ask {
  return { path: "/shop/a", headers: { authorization: `Bearer ${token}` } };
}

function tokenOf(n: number): string {
  return `${(n * 2_654_435_761) % 4_294_967_296}.${n}.flood`;
}

function crowdAt(port: number, edge: number): Promise<RawConnection[]> {
  return Promise.all(Array.from({ length: AT_ONCE }, () => connectToEdge(port, edge)));
}

/** Sends every `parts`-th token as an offence; each connection has one request on its way at a time. */
async function flood(crowd: readonly RawConnection[], part: number, parts: number): Promise<void> {
  for (let n = part; n < TOKENS; n += parts * AT_ONCE) {
    const asked = crowd.filter((_, i) => n + i * parts < TOKENS);
    const answers = asked.map((connection, i) => {
      const headers = { authorization: `Bearer ${tokenOf(n + i * parts)}` };
      return askOver(connection, { method: "PUT", path: "/shop/a", headers });
    });
    for (const { status } of await Promise.all(answers)) {
      if (status !== 401) throw new Error(`an offence was answered with ${status}`);
    }
  }
  for (const connection of crowd) connection.close();
}

/** Another client, on both edges, all the while. */
async function serveOthers(
  proxy: ProxyProcess,
  goesOn: () => boolean,
): Promise<{ served: number; slowestMs: number }> {
  const connections = [await connectToEdge(proxy.port, 1), await connectToEdge(proxy.port, 2)];
  let served = 0;
  let slowestMs = 0;
  while (goesOn()) {
    for (const connection of connections) {
      const startedAt = performance.now();
      const answer = await askOver(connection, { path: "/shop/a" });
      if (answer.status === 200) served++;
      slowestMs = Math.max(slowestMs, performance.now() - startedAt);
    }
  }
  for (const connection of connections) connection.close();
  return { served, slowestMs };
}

function listed(proxy: ProxyProcess, source: string): Promise<number> {
  return metric(proxy, `portcullis_list_entries{list="deny",source="${source}"}`);
}

async function metric(proxy: ProxyProcess, name: string): Promise<number> {
  const { text } = await ask(proxy.managementPort, { path: "/metrics" });
  const line = text.split("\n").find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1));
}
