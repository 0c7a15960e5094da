import { readFileSync } from "node:fs";
import { type AddressInfo, connect } from "node:net";

import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { describe, expect, onTestFinished, test } from "vitest";

import { createApp, portcullis } from "../../examples/hono.ts";
import { createShop } from "../../examples/node-http.ts";
import { definitionOf } from "../definition/definition-of.ts";

/** Starts an example for one test and resolves to its port. */
type Start = () => Promise<number>;

const nodeHttp: Start = () =>
  new Promise((resolve) => {
    const server = createShop();
    onTestFinished(() => void server.close());
    server.listen(0, "127.0.0.1", () => resolve(portOf(server.address())));
  });

const hono: Start = () => serving(createApp());

const serving = (app: ReturnType<typeof createApp>): Promise<number> =>
  new Promise((resolve) => {
    const options = { fetch: app.fetch, hostname: "127.0.0.1", port: 0 };
    const server = serve(options, ({ port }) => resolve(port));
    onTestFinished(() => void server.close());
  });

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new TypeError("no port");
  return address.port;
}

/** Sends one request as it stands, and resolves to all that comes back until the server closes. */
function exchange(port: number, head: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let text = "";
    socket.on("data", (bytes) => (text += bytes.toString("latin1")));
    socket.on("end", () => resolve(text));
    socket.on("error", reject);
    socket.write(`${head}\r\nHost: shop.example\r\nConnection: close\r\n\r\n`);
  });
}

const statusOf = async (answer: Promise<string>): Promise<string> =>
  (await answer).split(" ", 2).join(" ");

describe.for([
  { name: "node-http", start: nodeHttp, cart: "welcome to /shop/cart" },
  { name: "hono", start: hono, cart: "an empty cart" },
])("the example $name", ({ start, cart }) => {
  test("serves what the definition allows", async () => {
    const answer = await exchange(await start(), "GET /shop/cart HTTP/1.1");
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toContain(cart);
  });

  test("blocks a wrong method, and its client from then on", async () => {
    const port = await start();
    const violation = await exchange(port, "PUT /shop/cart HTTP/1.1");
    expect(violation).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n/);
    expect(violation).toMatch(/\r\n\r\n401 Unauthorized$/);
    const later = await exchange(port, "GET /shop/cart HTTP/1.1");
    expect(later).toMatch(/^HTTP\/1\.1 403 /);
    expect(later).toMatch(/\r\n\r\nError: Unauthorized$/);
  });

  test("answers a decoy as if it were real, and nothing else to its client", async () => {
    const port = await start();
    const decoy = await exchange(port, "DELETE /shop/root/etc HTTP/1.1");
    expect(decoy).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(decoy).toMatch(/\r\n\r\nOK$/);
    expect(decoy).not.toContain(cart);
    expect(await statusOf(exchange(port, "GET /shop/root HTTP/1.1"))).toBe("HTTP/1.1 200");
    expect(await statusOf(exchange(port, "GET /shop/cart HTTP/1.1"))).toBe("HTTP/1.1 403");
  });

  test.for([
    "GET /shop/%2e%2e/cart HTTP/1.1",
    "GET /shop//root HTTP/1.1",
    "GET /shop/cart HTTP/1.1\r\nX_User: alice",
    "GET /shop/cart HTTP/1.1\r\nContent-Type: a/b\r\nContent-Type: c/d",
  ])("refuses what can be read in two ways, and denies nobody for it: %j", async (head) => {
    const port = await start();
    const refused = await exchange(port, head);
    expect(refused).toMatch(/^HTTP\/1\.1 400 /);
    expect(refused).toContain("Error: Malformed Request");
    expect(await statusOf(exchange(port, "GET /shop/cart HTTP/1.1"))).toBe("HTTP/1.1 200");
  });

  test("answers 503 where no API is", async () => {
    const answer = await exchange(await start(), "GET /elsewhere HTTP/1.1");
    expect(answer).toMatch(/^HTTP\/1\.1 503 /);
    expect(answer).toMatch(/Error: Unknown API$/);
  });
});

test("node-http denies a client by the token it sends, not by the address it shares", async () => {
  const port = await nodeHttp();
  await exchange(port, "PUT /shop/cart HTTP/1.1\r\nAuthorization: Bearer mallory");
  const statuses = ["mallory", "alice"].map((token) =>
    statusOf(exchange(port, `GET /shop/cart HTTP/1.1\r\nAuthorization: Bearer ${token}`)),
  );
  expect(await Promise.all(statuses)).toEqual(["HTTP/1.1 403", "HTTP/1.1 200"]);
});

describe("the middleware of the example hono", () => {
  test("sends plain HTTP to where the definition says, and denies nobody for it", async () => {
    const pattern = {
      protocol_allowed: "https",
      http_redirect: { https_url: "https://shop.example/" },
    };
    const app: ReturnType<typeof createApp> = new Hono();
    app.use(portcullis({ shop: definitionOf({ url: "/", api_pattern_enforcement: pattern }) }));
    const port = await serving(app);
    for (let time = 0; time < 2; time++) {
      const answer = await exchange(port, "GET / HTTP/1.1");
      expect(answer).toMatch(/^HTTP\/1\.1 301 /);
      expect(answer).toMatch(/\r\nlocation: https:\/\/shop\.example\/\r\n/i);
    }
  });

  test("names everything that is wrong with the definitions", () => {
    const definitions = { a: definitionOf({ cookie: 7 }), b: definitionOf({ url: "b" }) };
    expect(() => portcullis(definitions)).toThrow(
      /a: api_metadata\.cookie[^]*b: api_metadata\.url/,
    );
  });
});

describe("the README", () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const blocks = Array.from(readme.matchAll(/^```ts\n(.*?)^```$/gms), ([, code]) => code);

  test.for(["node-http.ts", "hono.ts"])("shows examples/%s as it is", (file) => {
    const code = readFileSync(new URL(`../../examples/${file}`, import.meta.url), "utf8");
    expect(blocks).toContain(code);
  });

  test("shows no other code than what is tested", () => {
    expect(blocks).toHaveLength(2);
  });
});
