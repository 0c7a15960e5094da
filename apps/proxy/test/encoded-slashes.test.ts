import { beforeAll, beforeEach, describe, expect, test } from "vitest";

import { headerOf } from "./support/answer.ts";
import { definition } from "./support/definition.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { RawConnection } from "./support/raw-connection.ts";
import { ask, requestBytes } from "./support/request.ts";
import { plainAnswer, Upstream } from "./support/upstream.ts";
import { connectSocket, WebSocketUpstream } from "./support/web-sockets.ts";

const DECOY = { decoy_config: { decoy_enabled: true, decoy_subpaths: ["/shop/admin"] } };
const OPEN = { keep_encoded_slashes: true, merge_slashes: true };

let proxy: ProxyProcess;
let upstream: Upstream;
let sockets: WebSocketUpstream;

beforeAll(async () => {
  upstream = await Upstream.start();
  sockets = await WebSocketUpstream.start();
  const { port } = upstream;
  proxy = await ProxyProcess.start({
    apis: {
      registry: definition("/", port, { keep_encoded_slashes: true }),
      shop: definition("/shop", port, { ...OPEN, ...DECOY }),
      inner: definition("/inner", port, { ...OPEN, api_mapping: { internal_url: "/v1" } }),
      chat: definition("/chat", sockets.port, { protocol: "ws", ...OPEN }),
      strict: definition("/strict", port),
    },
    yaml: "enforcement: { ase_detected_attack: false }\n",
  });
});

beforeEach(() => {
  upstream.respond = () => plainAnswer("hello");
  upstream.forget();
});

describe("an API that takes them sends on the path that was routed", () => {
  test.for([
    { name: "npm", path: "/@scope%2fname", target: "/@scope%2Fname" },
    { name: "octokit, contents", path: "/repos/o/r/contents/a%2Fb" },
    { name: "octokit, a reference", path: "/repos/o/r/git/ref/heads%2Fx" },
    { name: "octokit, a comparison", path: "/repos/o/r/compare/main...feat%2Fy" },
    { name: "a query beside it", path: "/a%2fb?c=%2f//", target: "/a%2Fb?c=%2f//" },
    { name: "doubled slashes", path: "//shop///a//b//", target: "/shop/a/b/" },
    { name: "both, under a mapped prefix", path: "/inner//a%2fb", target: "/v1/a%2Fb" },
  ])("$name", async ({ path, target }) => {
    const answer = await ask(proxy.port, { path });
    expect(answer.status).toBe(200);
    expect(upstream.requests.map((request) => request.target)).toEqual([target ?? path]);
  });

  test("a WebSocket, too", async () => {
    const client = await connectSocket(proxy.port, { path: "/chat//a%2fb" });
    expect(sockets.last.request.url).toBe("/chat/a%2Fb");
    client.socket.close();
    await client.closed;
  });
});

test("a Location with an encoded slash leads back under the public prefix", async () => {
  upstream.respond = () => plainAnswer("", "Location: /v1/a%2Fb\r\n", "302 Found");
  const answer = await ask(proxy.port, { path: "/inner/x" });
  expect(headerOf(answer, "location")).toBe("/inner/a%2Fb");
});

describe("refused, closed, and nothing behind it is served", () => {
  test.for([
    { name: "an API that takes neither: an encoded slash", path: "/strict/a%2Fb" },
    { name: "an API that takes neither: doubled slashes", path: "/strict//a" },
    { name: "an API that takes encoded ones only", path: "/a//b" },
    { name: "the end of a base path", path: "/strict%2Fa" },
    { name: "the end of its own base path", path: "/shop%2Fa" },
    { name: "a decoy, its slash encoded", path: "/shop%2Fadmin" },
    { name: "a decoy behind one slash more", path: "/shop/%2fadmin" },
    { name: "below a decoy", path: "/shop/admin%2Fx" },
    { name: "out of a base path", path: "/shop/..%2Fstrict" },
    { name: "out of a base path, all encoded", path: "/shop%2f%2e%2e%2fstrict" },
    { name: "out of a mapped prefix", path: "/inner/a%2F..%2F..%2Fadmin" },
    { name: "an encoded backslash", path: "/shop/a%5Cb" },
    { name: "an encoded NUL", path: "/shop/a%2Fb%00" },
    { name: "dots between doubled slashes", path: "/shop//..//strict" },
    { name: "dots with parameters behind an encoded slash", path: "/shop/a%2F..;x%2Fb" },
    { name: "a full-width slash", path: "/shop/a%EF%BC%8Fb" },
  ])("$name", async ({ path }) => {
    const connection = await RawConnection.open(proxy.port);
    const behind = requestBytes({ path: "/shop/behind" });
    connection.send(Buffer.concat([requestBytes({ path }), behind]));
    const answer = await connection.answerOrEnd();
    expect(answer?.status ?? 400).toBe(400);
    expect(await connection.end()).toBe("");
    expect(upstream.requests).toEqual([]);
  });
});

test("doubled slashes lead into a decoy, not past it", async () => {
  const answer = await ask(proxy.port, { path: "//shop//admin//x" });
  expect(answer.status).toBe(200);
  expect(upstream.requests).toEqual([]);
});
