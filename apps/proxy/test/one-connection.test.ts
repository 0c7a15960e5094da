import { beforeAll, beforeEach, describe, expect, test } from "vitest";

import { definition } from "./support/definition.ts";
import { parseMetrics } from "./support/metrics.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { RawConnection } from "./support/raw-connection.ts";
import { ask, askOver, requestBytes } from "./support/request.ts";
import { plainAnswer, Upstream } from "./support/upstream.ts";

/** Answered by the edge itself, with 503. */
const REFUSED = requestBytes({ path: "/no-such-api" });
const FORWARDED = requestBytes({ path: "/shop/a" });
const MEBIBYTE = 1024 * 1024;
/** Longer than any busy machine takes for one burst. */
const SERVED_WITHIN_MS = 8000;

let proxy: ProxyProcess;
let upstream: Upstream;

beforeAll(async () => {
  upstream = await Upstream.start();
  proxy = await ProxyProcess.start({ apis: { shop: definition("/shop", upstream.port) } });
});

beforeEach(() => {
  upstream.forget();
  upstream.respond = () => plainAnswer("hello");
});

describe("requests sent in advance", () => {
  test.for([
    { name: "a flood of refused ones", requests: Array.from({ length: 5000 }, () => REFUSED) },
    { name: "two refused ones", requests: [REFUSED, REFUSED] },
    { name: "one to forward behind a refused one", requests: [REFUSED, FORWARDED] },
  ])("are not answered, and the connection is closed: $name", async ({ requests }) => {
    const connection = await RawConnection.open(proxy.port);
    connection.send(Buffer.concat(requests));
    await connection.until(() => false);
    expect(connection.isOver).toBe(true);
    expect(connection.received()).toBe("");
    expect(upstream.requests).toEqual([]);
    expect(await ask(proxy.port, { path: "/shop/a" })).toMatchObject({ status: 200 });
  });

  test("do not bother who waits for each answer", async () => {
    const connections = await Promise.all(
      Array.from({ length: 200 }, () => RawConnection.open(proxy.port)),
    );
    for (let round = 0; round < 5; round++) {
      const answers = await Promise.all(
        connections.map((each) => askOver(each, { path: "/no-such-api" })),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
    }
    expect(connections.some(({ isOver }) => isOver)).toBe(false);
  });
});

describe("a client that asks and does not read", () => {
  test.for([
    { name: "answers of the edge", request: REFUSED, atOnce: 100, most: 200_000, body: "" },
    {
      name: "answers of an upstream",
      request: FORWARDED,
      atOnce: 1,
      most: 4000,
      body: "x".repeat(12_000),
    },
  ])("is served no more before $name pile up", async ({ request, atOnce, most, body }) => {
    upstream.respond = () => plainAnswer(body);
    const connection = await RawConnection.open(proxy.port);
    const before = proxy.residentBytes();
    const counted = await countRequests();
    connection.pause();
    const burst = Buffer.concat(Array.from({ length: atOnce }, () => request));
    let sent = 0;
    do {
      connection.send(burst);
      sent += atOnce;
      // Each burst is over before the next one comes, so nothing here is sent in advance of an answer.
    } while (sent < most && (await isServed(counted + sent)));
    expect(sent).toBeLessThan(most);
    expect(proxy.residentBytes() - before).toBeLessThan(40 * MEBIBYTE);
  });
});

/** Whether so many requests are over in the end; a client that reads nothing does not see that it was cut. */
async function isServed(count: number): Promise<boolean> {
  for (const deadline = performance.now() + SERVED_WITHIN_MS; performance.now() < deadline;) {
    if ((await countRequests()) >= count) return true;
  }
  return false;
}

/** Requests that are over: answered by the edge, or forwarded and answered. */
async function countRequests(): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${proxy.managementPort}/metrics`);
  let count = 0;
  for (const [name, value] of parseMetrics(await response.text())) {
    const isOver =
      name.startsWith("portcullis_forwarded_total{") ||
      (name.startsWith("portcullis_requests_total{") && !name.includes('verdict="forward"'));
    if (isOver) count += value;
  }
  return count;
}
