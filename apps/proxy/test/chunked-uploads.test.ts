import { beforeAll, describe, expect, test } from "vitest";

import { headerOf } from "./support/answer.ts";
import { definition } from "./support/definition.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { RawConnection } from "./support/raw-connection.ts";
import { requestBytes } from "./support/request.ts";
import { plainAnswer, Upstream } from "./support/upstream.ts";

const UPLOAD =
  "POST /shop/a HTTP/1.1\r\nHost: api.example.com\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
const BEHIND = requestBytes({ path: "/shop/behind" });
const BIG = 8 * 1024 * 1024;

let proxy: ProxyProcess;
let upstream: Upstream;

beforeAll(async () => {
  upstream = await Upstream.start();
  proxy = await ProxyProcess.start({ apis: { shop: definition("/shop", upstream.port) } });
});

/** An answer of `length` bytes as chunks, in pieces that come one after the other. */
function inChunks(length: number): string {
  const half = length / 2;
  const chunk = `${half.toString(16)}\r\n${"c".repeat(half)}\r\n`;
  return `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}${chunk}0\r\n\r\n`;
}

describe("the answer to a chunked upload", () => {
  test.for([
    { name: "of one byte", length: 1, answer: () => plainAnswer("c") },
    { name: "of two bytes", length: 2, answer: () => plainAnswer("cc") },
    { name: "short", length: 100, answer: () => plainAnswer("c".repeat(100)) },
    { name: "long, with a length", length: BIG, answer: () => plainAnswer("c".repeat(BIG)) },
    { name: "long, in chunks", length: BIG, answer: () => inChunks(BIG) },
  ])("is whole, says that it is the last, and is: $name", async ({ answer, length }) => {
    upstream.forget();
    upstream.respond = answer;
    const connection = await RawConnection.open(proxy.port);
    connection.send(UPLOAD);
    const given = await connection.answer("POST", 30_000);
    expect(given.status).toBe(200);
    expect(given.body.equals(Buffer.alloc(length, "c"))).toBe(true);
    expect(headerOf(given, "connection")).toBe("close");
    connection.send(BEHIND);
    expect(await connection.end(50_000)).toBe("");
    expect(upstream.requests.map(({ target }) => target)).toEqual(["/shop/a"]);
  });

  test.for([
    { name: "with a length", answer: () => plainAnswer("c".repeat(BIG)) },
    { name: "in chunks", answer: () => inChunks(BIG) },
  ])("that its client does not read lets nothing through behind it: $name", async ({ answer }) => {
    upstream.forget();
    upstream.respond = answer;
    const connection = await RawConnection.open(proxy.port);
    connection.pause();
    connection.send(UPLOAD);
    await expect.poll(() => upstream.requests.length).toBe(1);
    connection.send(BEHIND);
    connection.resume();
    await connection.end(50_000);
    expect(upstream.requests.map(({ target }) => target)).toEqual(["/shop/a"]);
  });
});
