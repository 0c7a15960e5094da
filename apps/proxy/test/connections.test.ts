import { existsSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { CONNECTION_TABLE } from "../src/control/connection-census.ts";
import { type Answer, headerOf } from "./support/answer.ts";
import { definition } from "./support/definition.ts";
import { addTo } from "./support/management.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { RawConnection } from "./support/raw-connection.ts";
import { requestBytes } from "./support/request.ts";
import { plainAnswer, Upstream } from "./support/upstream.ts";

const LIMIT = 3;
/** More than two counts. */
const WATCHED_MS = 2_500;

/** The connections of one address, which are used again and again. */
class Client {
  connections: RawConnection[] = [];
  readonly refusals: Answer[] = [];
  readonly #port: number;
  readonly #from: string;

  constructor(port: number, from: string) {
    this.#port = port;
    this.#from = from;
  }

  async open(count: number): Promise<this> {
    for (let i = 0; i < count; i++) {
      this.connections.push(await RawConnection.open(this.#port, { from: this.#from }));
    }
    return this;
  }

  /** A request on each; those that are closed for it are left out from then on. */
  async askAll(): Promise<void> {
    const kept: RawConnection[] = [];
    for (const connection of this.connections) {
      connection.send(requestBytes({ path: "/shop/a" }));
      const answer = await connection.answer();
      if (answer.status === 200) {
        kept.push(connection);
        continue;
      }
      this.refusals.push(answer);
      const behind = await connection.end();
      if (behind !== "") throw new Error(`sent behind a refusal: ${JSON.stringify(behind)}`);
    }
    this.connections = kept;
  }
}

describe.skipIf(!existsSync(CONNECTION_TABLE))(
  "connections of one address (Linux counts them)",
  () => {
    test("past the limit are closed with 429, and nobody else's", async () => {
      const upstream = await Upstream.start();
      upstream.respond = () => plainAnswer("hello");
      const proxy = await ProxyProcess.start({
        apis: { shop: definition("/shop", upstream.port) },
        yaml: `trusted_proxies: [127.0.9.64/26]\nlimits: { connections_per_address: ${LIMIT} }\n`,
      });
      await addTo(proxy, "whitelist", { type: "ip", value: "127.0.9.2" });
      const greedy = await new Client(proxy.port, "127.0.9.1").open(8);
      const others = [
        await new Client(proxy.port, "127.0.9.2").open(8),
        await new Client(proxy.port, "127.0.9.70").open(8),
        await new Client(proxy.port, "127.0.9.3").open(LIMIT),
      ];
      const everybody = [greedy, ...others];
      await expect
        .poll(
          async () => {
            for (const client of everybody) await client.askAll();
            return greedy.connections.length;
          },
          { timeout: 20_000 },
        )
        .toBeLessThanOrEqual(LIMIT);
      for (const refusal of greedy.refusals) {
        expect(refusal).toMatchObject({ status: 429, text: "Error: Too Many Requests" });
        expect(headerOf(refusal, "connection")).toBe("close");
      }
      // Once it has no more than it may, it is left alone.
      const left = greedy.connections.length;
      const end = performance.now() + WATCHED_MS;
      while (performance.now() < end) for (const client of everybody) await client.askAll();
      expect(greedy.connections).toHaveLength(left);
      expect(left).toBeGreaterThan(0);
      expect(others.map(({ connections }) => connections.length)).toEqual([8, 8, LIMIT]);
      expect(others.flatMap(({ refusals }) => refusals)).toEqual([]);
    });
  },
);

describe("a connection on which no request is complete", () => {
  test("is closed without an answer by the clock of its beginning, however it is kept alive", async () => {
    const upstream = await Upstream.start();
    const proxy = await ProxyProcess.start({ apis: { shop: definition("/shop", upstream.port) } });
    const start = performance.now();
    const silent = await RawConnection.open(proxy.port);
    const slow = await RawConnection.open(proxy.port);
    slow.send("GET /shop/a HTTP/1.1\r\nHost: api.example.com\r\nX-Slow: ");
    const drip = setInterval(() => slow.send("a"), 500);
    const ends = await Promise.all(
      [silent, slow].map(async (connection) => ({
        received: await connection.end(50_000),
        ms: performance.now() - start,
      })),
    );
    clearInterval(drip);
    for (const { ms, received } of ends) {
      expect(received).toBe("");
      expect(ms).toBeGreaterThan(5_000);
    }
    expect(upstream.requests).toEqual([]);
  });
});
