import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";

import { createShopServer } from "./create-shop-server.mjs";

const ADA = { user: "ada", password: "secret" };

const server = createShopServer();
let origin = "";

before(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  origin = `http://127.0.0.1:${server.address().port}`;
});

after(() => {
  server.closeAllConnections();
  server.close();
});

describe("a body", () => {
  for (const { name, status, body, type = "application/json" } of [
    { name: "text that is not JSON", status: 400, body: "{" },
    { name: "an array", status: 400, body: "[]" },
    { name: "null", status: 400, body: "null" },
    { name: "zero bytes", status: 400, body: "" },
    { name: "another content type", status: 415, body: "{}", type: "text/plain" },
    { name: "a type that only starts alike", status: 415, body: "{}", type: "application/jsonp" },
    { name: "64 KiB and a byte", status: 413, body: " ".repeat(64 * 1024 + 1) },
  ]) {
    test(`of ${name} gets ${status}`, async () => {
      const answer = await fetch(`${origin}/shop/login`, {
        method: "POST",
        headers: { "content-type": type },
        body,
      });
      assert.equal(answer.status, status);
    });
  }

  test("of exactly 64 KiB is read", async () => {
    const body = JSON.stringify(ADA).padEnd(64 * 1024);
    const headers = { "content-type": "application/json; charset=utf-8" };
    const answer = await fetch(`${origin}/shop/login`, { method: "POST", headers, body });
    assert.equal(answer.status, 200);
  });

  test("that announces more than 64 KiB gets 413 before it is sent", async () => {
    const socket = connect(server.address().port, "127.0.0.1");
    socket.write(
      "POST /shop/login HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n" +
        "Content-Length: 65537\r\n\r\n",
    );
    const [answer] = await once(socket, "data");
    assert.match(answer.toString(), /^HTTP\/1\.1 413 /);
    socket.destroy();
  });

  test("in chunks beyond 64 KiB gets 413, and the connection lives on", async () => {
    const socket = connect(server.address().port, "127.0.0.1");
    const chunk = `8000\r\n${" ".repeat(0x8000)}\r\n`;
    socket.write(
      "POST /shop/login HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n" +
        `Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(4)}0\r\n\r\n` +
        "GET /health HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n",
    );
    let received = "";
    for await (const part of socket) received += part;
    assert.deepEqual(received.match(/HTTP\/1\.1 \d+/g), ["HTTP/1.1 413", "HTTP/1.1 200"]);
  });
});
