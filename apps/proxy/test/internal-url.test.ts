import { beforeAll, expect, test } from "vitest";

import { headerOf, headersOf } from "./support/answer.ts";
import { definition } from "./support/definition.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { ask } from "./support/request.ts";
import { plainAnswer, Upstream } from "./support/upstream.ts";

let proxy: ProxyProcess;
let upstream: Upstream;

beforeAll(async () => {
  upstream = await Upstream.start();
  const mapping = { api_mapping: { internal_url: "/a123" } };
  proxy = await ProxyProcess.start({
    apis: {
      shop: definition("/shop", upstream.port, mapping),
      plain: definition("/a123", upstream.port),
    },
    serverErrors: JSON.stringify({
      server_error: [{ error_code: 500, error_def: "Sorry", msg_body: "Sorry" }],
    }),
  });
  upstream.respond = (request) => {
    const location = request.target.includes("absolute")
      ? `http://127.0.0.1:${upstream.port}/a123/done`
      : "/a123/done";
    return plainAnswer(
      "hello",
      `Location: ${location}\r\nSet-Cookie: a=1; Path=/a123\r\nSet-Cookie: b=2; Path=/\r\n`,
      request.target.includes("error") ? "500 Oh No" : "302 Found",
    );
  };
});

test.for([
  { name: "a path", path: "/shop/x" },
  { name: "a URL that names the server", path: "/shop/absolute" },
  { name: "a path, in an answer whose body is replaced", path: "/shop/error" },
])("$name leads back to the public prefix, and so do cookies", async ({ path }) => {
  const answer = await ask(proxy.port, { path });
  expect(upstream.requests.at(-1)?.target).toBe(path.replace("/shop", "/a123"));
  expect(headerOf(answer, "location")).toBe("/shop/done");
  expect(headersOf(answer, "set-cookie")).toEqual(["a=1; Path=/shop", "b=2; Path=/"]);
});

test("an API without a mapping has its answers as they are", async () => {
  const answer = await ask(proxy.port, { path: "/a123/absolute" });
  expect(headerOf(answer, "location")).toBe(`http://127.0.0.1:${upstream.port}/a123/done`);
  expect(headersOf(answer, "set-cookie")).toEqual(["a=1; Path=/a123", "b=2; Path=/"]);
});
