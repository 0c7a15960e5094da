import type { Socket } from "node:net";

import { beforeAll, beforeEach, describe, expect, test } from "vitest";

import { definition } from "./support/definition.ts";
import { addTo, clearLists } from "./support/management.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import type { RawConnection } from "./support/raw-connection.ts";
import { askOver, connectToEdge } from "./support/request.ts";
import { plainAnswer, Upstream } from "./support/upstream.ts";

const OVERLOADED = { status: 503, text: "Error: Overloaded" };
const TOO_MANY = { status: 429, text: "Error: Too Many Requests" };
const SERVED = { status: 200, text: "hello" };
const HELD = { path: "/shop/held" };

let upstream: Upstream;
/** One that forwards four at a time, two of one address. */
let proxy: ProxyProcess;
/** Who waits for an answer to a held request. */
const waiting: Socket[] = [];

beforeAll(async () => {
  upstream = await Upstream.start();
  upstream.respond = ({ target }, socket) => {
    if (target !== HELD.path) return plainAnswer("hello");
    waiting.push(socket);
    return undefined;
  };
  proxy = await ProxyProcess.start({
    apis: { shop: definition("/shop", upstream.port) },
    yaml: "limits: { in_flight: 4, in_flight_per_address: 2 }\n",
  });
});

beforeEach(async () => {
  for (const socket of waiting.splice(0)) socket.write(plainAnswer("hello"));
  await clearLists(proxy);
});

/** Has `count` requests of an address in flight on the first edge. */
async function hold(from: string, count: number): Promise<RawConnection[]> {
  const connections: RawConnection[] = [];
  for (let i = 0; i < count; i++) {
    const connection = await connectToEdge(proxy.port, 1, { from });
    const before = waiting.length;
    connection.send("GET /shop/held HTTP/1.1\r\nHost: api.example.com\r\n\r\n");
    await expect.poll(() => waiting.length).toBe(before + 1);
    connections.push(connection);
  }
  return connections;
}

async function askFrom(from: string, edge = 1): Promise<unknown> {
  const connection = await connectToEdge(proxy.port, edge, { from });
  const answer = await askOver(connection, { path: "/shop/a" });
  connection.close();
  return answer;
}

describe("an address with as many requests in flight as it may have", () => {
  test("gets 429 for more, and others are served", async () => {
    await hold("127.0.8.1", 2);
    expect(await askFrom("127.0.8.1")).toMatchObject(TOO_MANY);
    expect(await askFrom("127.0.8.2")).toMatchObject(SERVED);
    expect(await askFrom("127.0.8.1", 2)).toMatchObject(SERVED);
  });

  test.for([
    { name: "answered", end: () => waiting.shift()?.write(plainAnswer("hello")) },
    { name: "given up by the client", end: (first?: RawConnection) => first?.close() },
    { name: "spoilt by the upstream", end: () => waiting.shift()?.end("garbage\r\n\r\n") },
  ])("may have another when one is $name", async ({ end }) => {
    const [first] = await hold("127.0.8.3", 2);
    end(first);
    await expect.poll(() => askFrom("127.0.8.3")).toMatchObject(SERVED);
    await hold("127.0.8.3", 1);
    expect(await askFrom("127.0.8.3")).toMatchObject(TOO_MANY);
  });

  test("is not held back while it is on the allow list", async () => {
    await addTo(proxy, "whitelist", { type: "ip", value: "127.0.8.4" });
    await hold("127.0.8.4", 3);
    expect(await askFrom("127.0.8.4")).toMatchObject(SERVED);
  });
});

test("an edge that forwards as many as it may answers 503 until one is over", async () => {
  await hold("127.0.8.5", 2);
  await hold("127.0.8.6", 2);
  expect(await askFrom("127.0.8.7")).toMatchObject(OVERLOADED);
  expect(await askFrom("127.0.8.7", 2)).toMatchObject(SERVED);
  waiting.shift()?.write(plainAnswer("hello"));
  await expect.poll(() => askFrom("127.0.8.7")).toMatchObject(SERVED);
});
