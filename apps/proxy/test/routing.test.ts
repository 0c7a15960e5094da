import { beforeAll, describe, expect, test } from "vitest";

import { headerOf } from "./support/answer.ts";
import { definition } from "./support/definition.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { RawConnection } from "./support/raw-connection.ts";
import { askEachEdge, askOver, connectToEdge } from "./support/request.ts";
import { plainAnswer, Upstream } from "./support/upstream.ts";

const UNAVAILABLE = "Service Unavailable";

let proxy: ProxyProcess;
/** One in which every API has a host of its own. */
let named: ProxyProcess;

beforeAll(async () => {
  const upstream = await Upstream.start();
  // Which API a request was routed to shows in the path it is mapped to.
  upstream.respond = ({ target }) => plainAnswer(target);
  const api = (url: string, hostname: string, internal: string): string =>
    definition(url, upstream.port, { hostname, api_mapping: { internal_url: internal } });
  proxy = await ProxyProcess.start({
    apis: {
      "any-shop": api("/shop", "*", "/any"),
      "any-deep": api("/shop/deep", "*", "/any-deep"),
      "own-shop": api("/shop", "api.example.com", "/own"),
    },
  });
  named = await ProxyProcess.start({
    apis: { shop: api("/shop", "api.example.com", "/own") },
  });
});

describe("a request goes to", () => {
  test.for([
    { name: "the API of its host", host: "api.example.com", path: "/shop/a", want: "/own/a" },
    { name: "the API of any host", host: "other.example.com", path: "/shop/a", want: "/any/a" },
    {
      name: "the longest base path",
      host: "other.example.com",
      path: "/shop/deep/a",
      want: "/any-deep/a",
    },
    {
      name: "the API of its host before a longer path of any host",
      host: "api.example.com",
      path: "/shop/deep/a",
      want: "/own/deep/a",
    },
    { name: "the base path itself", host: "api.example.com", path: "/shop", want: "/own" },
    {
      name: "its API with the query as it is",
      host: "api.example.com",
      path: "/shop/a?x=%2e&y",
      want: "/own/a?x=%2e&y",
    },
    {
      name: "the API of its host in other case, with dot and port",
      host: "API.example.COM.:80",
      path: "/shop/a",
      want: "/own/a",
    },
  ])("$name", async ({ host, path, want }) => {
    for (const answer of await askEachEdge(proxy.port, { host, path })) {
      expect(answer).toMatchObject({ status: 200, text: want });
    }
  });
});

describe("a request that reaches no API", () => {
  const rows = [
    {
      name: "an unknown host",
      request: { host: "nobody.example.com", path: "/shop/a" },
      want: { status: 503, phrase: UNAVAILABLE, text: "Error: Unknown Hostname" },
    },
    {
      name: "an unknown API",
      request: { host: "api.example.com", path: "/shopping" },
      want: { status: 503, phrase: UNAVAILABLE, text: "Error: Unknown API" },
    },
  ];

  test.for(rows)("is answered in the ASE's words: $name", async ({ request, want }) => {
    for (const answer of await askEachEdge(named.port, request)) {
      expect(answer).toMatchObject(want);
      expect(headerOf(answer, "content-length")).toBe(String(want.text.length));
    }
  });

  test.for(rows)("keeps its connection: $name", async ({ request, want }) => {
    for (const edge of [1, 2]) {
      const connection = await connectToEdge(named.port, edge);
      expect(
        await askOver(connection, { ...request, method: "POST", body: "ignored" }),
      ).toMatchObject(want);
      const served = { host: "api.example.com", path: "/shop/a" };
      expect(await askOver(connection, served)).toMatchObject({ status: 200, text: "/own/a" });
      connection.close();
    }
  });

  test.for(rows)(
    "has no body for HEAD, and keeps its connection: $name",
    async ({ request, want }) => {
      for (const edge of [1, 2]) {
        const connection = await connectToEdge(named.port, edge);
        const answer = await askOver(connection, { ...request, method: "HEAD" });
        expect(answer).toMatchObject({ status: want.status, phrase: want.phrase, text: "" });
        expect(headerOf(answer, "content-length")).toBe(String(want.text.length));
        // Were there a body, it would be read as the next answer.
        expect(await askOver(connection, request)).toMatchObject(want);
        connection.close();
      }
    },
  );
});

describe("a malformed request", () => {
  test.for(["GET", "HEAD", "POST"])(
    "is answered with 400 and its connection closed: %s",
    async (method) => {
      for (const edge of [1, 2]) {
        const connection = await connectToEdge(named.port, edge);
        connection.send(`${method} /shop/%zz HTTP/1.1\r\nHost: api.example.com\r\n\r\n`);
        const answer = await connection.answer(method);
        const text = "Error: Malformed Request";
        expect(answer).toMatchObject({
          status: 400,
          phrase: "Bad Request",
          text: method === "HEAD" ? "" : text,
        });
        expect(await connection.end()).toBe("");
      }
    },
  );

  test("takes the request behind it with it, unanswered", async () => {
    const connection = await RawConnection.open(named.port);
    connection.send(
      "GET /shop/%zz HTTP/1.1\r\nHost: api.example.com\r\n\r\n" +
        "GET /shop/a HTTP/1.1\r\nHost: api.example.com\r\n\r\n",
    );
    expect(await connection.end()).not.toContain("/own/a");
  });
});
