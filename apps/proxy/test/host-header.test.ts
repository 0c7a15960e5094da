import { beforeAll, beforeEach, describe, expect, test } from "vitest";

import { headerOf, headersOf } from "./support/answer.ts";
import { definition } from "./support/definition.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { ask } from "./support/request.ts";
import { plainAnswer, Upstream } from "./support/upstream.ts";
import { connectSocket, WebSocketUpstream } from "./support/web-sockets.ts";

const AS_SERVER = { host_header: "server" };

let proxy: ProxyProcess;
let upstream: Upstream;
let sockets: WebSocketUpstream;

beforeAll(async () => {
  upstream = await Upstream.start();
  sockets = await WebSocketUpstream.start();
  const dead = { host: "127.0.0.1", port: 1 };
  const live = { host: "127.0.0.1", port: upstream.port };
  proxy = await ProxyProcess.start({
    apis: {
      client: definition("/client", upstream.port),
      server: definition("/server", upstream.port, AS_SERVER),
      second: definition("/second", undefined, {
        ...AS_SERVER,
        servers: [dead, live],
        // Its requests would stand among those that are looked at.
        health_check: false,
      }),
      chat: definition("/chat", sockets.port, { ...AS_SERVER, protocol: "ws" }),
      talk: definition("/talk", sockets.port, { protocol: "ws" }),
    },
  });
});

beforeEach(() => {
  upstream.respond = () => plainAnswer("hello");
  upstream.forget();
});

/** The one Host field and what else tells of the host, as the upstream read them. */
function hostsOf(index: number): (string | undefined)[] {
  const request = upstream.requests[index] ?? { headers: [] };
  return ["host", "x-forwarded-host", "forwarded"].map((name) => headerOf(request, name));
}

test("by default it is the host that the client named", async () => {
  await ask(proxy.port, { path: "/client/a", host: "Shop.example.com:8000" });
  expect(hostsOf(0)).toEqual([
    "shop.example.com:8000",
    "shop.example.com",
    'for=127.0.0.1;host="shop.example.com:8000";proto=http',
  ]);
});

describe("the server's name", () => {
  test.for([
    { name: "of the only one", path: "/server/a" },
    { name: "of the one that took it, after another could not be reached", path: "/second/a" },
  ])("$name", async ({ path }) => {
    for (let round = 0; round < 2; round++) {
      const answer = await ask(proxy.port, { path, host: "shop.example.com" });
      expect(answer.status).toBe(200);
      expect(hostsOf(round)).toEqual([
        `127.0.0.1:${upstream.port}`,
        "shop.example.com",
        "for=127.0.0.1;host=shop.example.com;proto=http",
      ]);
    }
  });

  test("for a body, too, and it is the first of the fields", async () => {
    await ask(proxy.port, { method: "POST", path: "/server/a", body: "hi" });
    const [request] = upstream.requests;
    expect(request?.body.toString()).toBe("hi");
    expect(request?.head).toMatch(/^POST \/server\/a HTTP\/1\.1\r\nhost: 127\.0\.0\.1:\d+\r\n/);
  });

  test("of a WebSocket's server, and the client's at another API", async () => {
    for (const [path, host] of [
      ["/chat", `127.0.0.1:${sockets.port}`],
      ["/talk", "api.example.com"],
    ] as const) {
      const client = await connectSocket(proxy.port, { path });
      expect(sockets.last.request.headers.host).toBe(host);
      client.socket.close();
      await client.closed;
    }
  });

  test("is not shown to clients: its URLs become paths, its cookies the public host's", async () => {
    upstream.respond = () =>
      plainAnswer(
        "",
        `Location: http://127.0.0.1:${upstream.port}/login?a\r\nSet-Cookie: a=1; Domain=127.0.0.1\r\n`,
        "302 Found",
      );
    const answer = await ask(proxy.port, { path: "/server/a" });
    expect(headerOf(answer, "location")).toBe("/login?a");
    expect(headersOf(answer, "set-cookie")).toEqual(["a=1"]);
  });
});
