import { beforeEach, describe, expect, test } from "vitest";

import { bytesOf, digestOf, sendBig } from "./support/big-bodies.ts";
import { definition, pattern } from "./support/definition.ts";
import { denied } from "./support/management.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { RawConnection } from "./support/raw-connection.ts";
import { ask, askOver, connectToEdge } from "./support/request.ts";
import { Upstream } from "./support/upstream.ts";

let proxy: ProxyProcess;
let upstream: Upstream;

beforeEach(async () => {
  upstream = await Upstream.start();
  proxy = await ProxyProcess.start({
    apis: {
      shop: definition("/shop", upstream.port, {
        oauth2_access_token: true,
        ...pattern({ methods_allowed: ["GET"] }),
      }),
    },
  });
});

describe.for(["SIGTERM", "SIGINT"] as const)("%s", (signal) => {
  test("lets requests under way end, takes no new connection, and ends with exit code 0", async () => {
    upstream.respond = () => undefined;
    const connections = [await connectToEdge(proxy.port, 1), await connectToEdge(proxy.port, 2)];
    for (const connection of connections) {
      connection.send("GET /shop/a HTTP/1.1\r\nHost: api.example.com\r\n\r\n");
    }
    await expect.poll(() => upstream.requests.length).toBe(2);
    const { port } = proxy;
    proxy.child.kill(signal);
    await expect.poll(() => isRefused(port)).toBe(true);
    expect(proxy.isOver).toBe(false);
    for (const socket of upstream.sockets)
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate");
    for (const connection of connections) {
      expect(await connection.answer()).toMatchObject({ status: 200, text: "late" });
    }
    expect(await proxy.exited).toEqual({ code: 0, signal: null });
    expect(proxy.stderr).toBe("");
    await expect.poll(() => upstream.sockets.size).toBe(0);
  });
});

describe("while it stops", () => {
  test("the proxy says that it is not ready", async () => {
    upstream.respond = () => undefined;
    const connection = await RawConnection.open(proxy.port);
    connection.send("GET /shop/a HTTP/1.1\r\nHost: api.example.com\r\n\r\n");
    await expect.poll(() => upstream.requests.length).toBe(1);
    expect((await ask(proxy.managementPort, { path: "/readyz" })).status).toBe(200);
    proxy.child.kill("SIGTERM");
    await expect.poll(() => isRefused(proxy.port)).toBe(true);
    const ready = await ask(proxy.managementPort, { path: "/readyz" });
    expect(ready).toMatchObject({ status: 503 });
    expect(JSON.parse(ready.text)).toEqual({
      status: "not ready",
      missing: ["the proxy is stopping"],
    });
    expect((await ask(proxy.managementPort, { path: "/healthz" })).status).toBe(200);
    connection.close();
    expect((await proxy.exited).code).toBe(0);
  });

  test("a second signal ends it at once", async () => {
    upstream.respond = () => undefined;
    const connection = await RawConnection.open(proxy.port);
    connection.send("GET /shop/a HTTP/1.1\r\nHost: api.example.com\r\n\r\n");
    await expect.poll(() => upstream.requests.length).toBe(1);
    proxy.child.kill("SIGTERM");
    await expect.poll(() => isRefused(proxy.port)).toBe(true);
    proxy.child.kill("SIGTERM");
    expect(await proxy.exited).toEqual({ code: null, signal: "SIGKILL" });
  });

  test("an offence of the last moment is kept", async () => {
    const connection = await connectToEdge(proxy.port, 1);
    const headers = { authorization: "Bearer last-moment" };
    expect((await askOver(connection, { method: "PUT", path: "/shop/a", headers })).status).toBe(
      401,
    );
    expect((await proxy.stop()).code).toBe(0);
    const again = await ProxyProcess.start({ config: proxy.config, state: proxy.state });
    expect(await denied(again)).toEqual(["invalid_method token last-moment"]);
  });

  test.for([
    { name: "with a length", isChunked: false },
    { name: "in chunks", isChunked: true },
  ])("a slow reader gets all of its answer: $name", async ({ isChunked }) => {
    const body = bytesOf(20 * 1024 * 1024);
    upstream.respond = (_request, socket) => {
      const framing = isChunked ? "Transfer-Encoding: chunked" : `Content-Length: ${body.length}`;
      const head = `HTTP/1.1 200 OK\r\n${framing}\r\n\r\n`;
      const [before, behind] = isChunked
        ? [`${body.length.toString(16)}\r\n`, "\r\n0\r\n\r\n"]
        : ["", ""];
      // In one: the end is to come together with the last bytes.
      socket.write(Buffer.concat([Buffer.from(head + before), body, Buffer.from(behind)]));
      return undefined;
    };
    const got = sendBig({ port: proxy.port, method: "GET", path: "/shop/a", isSlowReader: true });
    await expect.poll(() => upstream.requests.length).toBe(1);
    proxy.child.kill("SIGTERM");
    expect(await got).toEqual({ status: 200, length: body.length, digest: digestOf(body) });
    expect((await proxy.exited).code).toBe(0);
  });
});

async function isRefused(port: number): Promise<boolean> {
  try {
    const connection = await RawConnection.open(port);
    connection.close();
    return false;
  } catch {
    return true;
  }
}
