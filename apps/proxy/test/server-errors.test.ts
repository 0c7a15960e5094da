import { beforeAll, beforeEach, describe, expect, test } from "vitest";

import { headerOf, headersOf } from "./support/answer.ts";
import { definition } from "./support/definition.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { RawConnection } from "./support/raw-connection.ts";
import { ask, askEachEdge, askOver } from "./support/request.ts";
import { plainAnswer, Upstream } from "./support/upstream.ts";

const REPLACED = {
  status: 500,
  phrase: "Internal Error",
  text: "Bitte wenden Sie sich an die Verwaltung, später",
};
const SECRET = "java.lang.NullPointerException at com.example.internal.Vault";

let proxy: ProxyProcess;
let upstream: Upstream;

beforeAll(async () => {
  upstream = await Upstream.start();
  proxy = await ProxyProcess.start({
    // Nobody listens on port 1.
    apis: { shop: definition("/shop", upstream.port), down: definition("/down", 1) },
    yaml: "timeouts: { upstream_keep_alive: 1s }\n",
    serverErrors: JSON.stringify({
      server_error: [
        { error_code: "500", error_def: REPLACED.phrase, msg_body: REPLACED.text },
        { error_code: 404, error_def: "Gone Fishing", msg_body: "" },
        { error_code: 502, error_def: "Upstream", msg_body: "of the upstream" },
      ],
    }),
  });
});

beforeEach(() => {
  upstream.forget();
  upstream.respond = () => plainAnswer(SECRET, "", "500 Oh No");
});

describe("an answer with a status that is listed", () => {
  test("has phrase and body replaced by every edge, and keeps its connections", async () => {
    for (const answer of await askEachEdge(proxy.port, { path: "/shop/a" })) {
      expect(answer).toMatchObject(REPLACED);
      expect(headerOf(answer, "content-type")).toBe("text/plain; charset=utf-8");
    }
    const connection = await RawConnection.open(proxy.port);
    for (let i = 0; i < 3; i++) {
      expect(await askOver(connection, { path: "/shop/a" })).toMatchObject(REPLACED);
    }
    expect(new Set(upstream.requests.slice(-3).map((each) => each.connection)).size).toBe(1);
  });

  test("loses what its headers said of the old body, and nothing else", async () => {
    const about =
      'Content-Type: text/html\r\nContent-Encoding: gzip\r\nETag: "1"\r\nContent-Language: en\r\n' +
      "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-MD5: x\r\nAccept-Ranges: bytes\r\n" +
      "Content-Disposition: attachment\r\nContent-Location: /shop/a.html\r\nDigest: x\r\n";
    const kept = "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nRetry-After: 5\r\nVary: Accept\r\n";
    upstream.respond = () => plainAnswer(SECRET, about + kept, "500 Oh No");
    const answer = await ask(proxy.port, { path: "/shop/a" });
    expect(answer).toMatchObject(REPLACED);
    const names = answer.headers.map(([name]) => name).filter((name) => name !== "uwebsockets");
    expect(names.toSorted()).toEqual([
      "content-length",
      "content-type",
      "date",
      "retry-after",
      "set-cookie",
      "set-cookie",
      "vary",
      "x-request-id",
    ]);
    expect(headersOf(answer, "set-cookie")).toEqual(["a=1", "b=2"]);
  });

  test("to HEAD has the length of the new body, and none", async () => {
    upstream.respond = () => "HTTP/1.1 500 Oh No\r\nContent-Length: 9999\r\n\r\n";
    const connection = await RawConnection.open(proxy.port);
    for (let i = 0; i < 2; i++) {
      const answer = await askOver(connection, { path: "/shop/a", method: "HEAD" });
      expect(answer).toMatchObject({ status: 500, phrase: REPLACED.phrase, text: "" });
      expect(headerOf(answer, "content-length")).toBe(String(Buffer.byteLength(REPLACED.text)));
    }
  });

  test("may be given an empty body", async () => {
    upstream.respond = () => plainAnswer(SECRET, "", "404 Not Found");
    const answer = await ask(proxy.port, { path: "/shop/a" });
    expect(answer).toMatchObject({ status: 404, phrase: "Gone Fishing", text: "" });
  });
});

describe("nothing of the old body gets out", () => {
  test.for([
    {
      name: "in chunks",
      head: "Transfer-Encoding: chunked\r\n",
      first: "",
      rest: "5\r\nsecre\r\n0\r\n\r\n",
    },
    { name: "with a length", head: "Content-Length: 10\r\n", first: "se", rest: "cretsecr" },
  ])("that comes later $name, and its connection is used again", async ({ head, first, rest }) => {
    upstream.respond = (_request, socket) => {
      setImmediate(() => socket.write(rest));
      return `HTTP/1.1 500 Oh No\r\n${head}\r\n${first}`;
    };
    const connection = await RawConnection.open(proxy.port);
    for (let i = 0; i < 5; i++) {
      const answer = await askOver(connection, { path: "/shop/a" });
      expect(answer).toMatchObject(REPLACED);
      await expect.poll(() => upstream.requests.length).toBe(i + 1);
    }
    connection.close();
    expect(new Set(upstream.requests.map((each) => each.connection)).size).toBeLessThan(5);
  });

  test.for([
    { name: "whose announced length is large", head: "Content-Length: 1000000000\r\n" },
    { name: "without an end", head: "" },
  ])("$name: its connection is let go", async ({ head }) => {
    const piece = "x".repeat(65_536);
    upstream.respond = (_request, socket) => {
      const write = (): void => {
        while (!socket.destroyed && socket.write(piece));
      };
      socket.on("drain", write);
      setImmediate(write);
      return `HTTP/1.1 500 Oh No\r\n${head}\r\n`;
    };
    const connection = await RawConnection.open(proxy.port);
    for (let i = 0; i < 2; i++) {
      expect(await askOver(connection, { path: "/shop/a" })).toMatchObject(REPLACED);
    }
    await expect.poll(() => upstream.sockets.size).toBe(0);
    connection.close();
  });

  test("that is given before the upload is through: both connections are let go", async () => {
    upstream.readsRequests = false;
    upstream.onBytes = (_bytes, socket) => {
      upstream.onBytes = () => undefined;
      socket.write(`HTTP/1.1 500 Oh No\r\nContent-Length: 100\r\n\r\n${SECRET}`);
    };
    const connection = await RawConnection.open(proxy.port);
    connection.send("POST /shop/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\npart");
    expect(await connection.answer()).toMatchObject(REPLACED);
    await connection.end();
    upstream.readsRequests = true;
    await expect.poll(() => upstream.sockets.size).toBe(0);
  });
});

describe("left as they are", () => {
  test.for([
    { name: "other errors", status: "503 Busy" },
    { name: "successes", status: "200 OK" },
  ])("$name", async ({ status }) => {
    upstream.respond = () => plainAnswer("hello", "Content-Type: text/html\r\n", status);
    const answer = await ask(proxy.port, { path: "/shop/a" });
    expect(`${answer.status} ${answer.phrase}`).toBe(status);
    expect(answer.text).toBe("hello");
    expect(headerOf(answer, "content-type")).toBe("text/html");
  });

  test("answers of the proxy itself", async () => {
    expect(await ask(proxy.port, { path: "/down/a" })).toMatchObject({
      status: 502,
      text: "Error: Bad Gateway",
    });
  });
});
