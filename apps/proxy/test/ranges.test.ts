import { expect, test } from "vitest";

import { headerOf } from "./support/answer.ts";
import { definition } from "./support/definition.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { askOver, connectToEdge } from "./support/request.ts";
import { plainAnswer, Upstream } from "./support/upstream.ts";

test("a part of a body is asked for and comes as it is, and so does what cannot be had", async () => {
  const upstream = await Upstream.start();
  upstream.respond = (request) =>
    headerOf(request, "range") === "bytes=2-4"
      ? plainAnswer("cde", 'Content-Range: bytes 2-4/26\r\nETag: "a"\r\n', "206 Partial Content")
      : plainAnswer("", "Content-Range: bytes */26\r\n", "416 Range Not Satisfiable");
  const proxy = await ProxyProcess.start({ apis: { shop: definition("/shop", upstream.port) } });
  const connection = await connectToEdge(proxy.port, 1);
  const headers = { range: "bytes=2-4", "if-range": '"a"' };
  const part = await askOver(connection, { path: "/shop/a", headers });
  expect(part).toMatchObject({ status: 206, text: "cde" });
  expect(headerOf(part, "content-range")).toBe("bytes 2-4/26");
  expect(headerOf(upstream.requests[0] ?? { headers: [] }, "if-range")).toBe('"a"');
  const none = await askOver(connection, { path: "/shop/a", headers: { range: "bytes=99-" } });
  expect(none).toMatchObject({ status: 416, text: "" });
  expect(headerOf(none, "content-range")).toBe("bytes */26");
  connection.close();
});
