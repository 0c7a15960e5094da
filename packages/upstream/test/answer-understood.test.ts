import { describe, expect, test } from "vitest";

import { everyCut, feedAnswer, type ParsedAnswer } from "./support/feed-answer.ts";

interface Given {
  readonly raw: string;
  readonly method?: string;
  readonly thenEnd?: boolean;
  readonly maxHeadBytes?: number;
}

const complete = { isComplete: true, isReusable: true, fault: undefined, heads: 1 };
const lastUse = { ...complete, isReusable: false };
const OK = "HTTP/1.1 200 OK\r\n";
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

const understood: { name: string; given: Given; want: Partial<ParsedAnswer> }[] = [
  {
    name: "a body with a length",
    given: { raw: `${OK}Content-Length: 5\r\n\r\nhello` },
    want: { ...complete, status: 200, phrase: "OK", body: "hello", bodyLength: 5, headers: [] },
  },
  {
    name: "an empty body",
    given: { raw: `${OK}Content-Length: 0\r\n\r\n` },
    want: { ...complete, body: "", bodyLength: 0, contentLength: 0 },
  },
  {
    name: "a length with leading zeros",
    given: { raw: `${OK}Content-Length: 0000000000000000000002\r\n\r\nhi` },
    want: { ...complete, body: "hi", bodyLength: 2 },
  },
  {
    name: "an empty phrase",
    given: { raw: "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n" },
    want: { ...complete, phrase: "" },
  },
  {
    name: "a phrase with blanks and latin1",
    given: { raw: "HTTP/1.1 404 Pas trouv\xe9 \r\nContent-Length: 0\r\n\r\n" },
    want: { ...complete, status: 404, phrase: "Pas trouv\xe9 " },
  },
  {
    name: "repeated headers in their order, names in lower case, values exact",
    given: {
      raw: `${OK}Set-Cookie: a=1\r\nX-B:\t v\xe9 w \t\r\nSET-COOKIE: b=2\r\nEmpty:\r\nContent-Length: 0\r\n\r\n`,
    },
    want: {
      ...complete,
      headers: ["set-cookie", "a=1", "x-b", "v\xe9 w", "set-cookie", "b=2", "empty", ""],
    },
  },
  {
    name: "headers of this connection, and those that Connection names, before it or after",
    given: {
      raw: `${OK}X-Hop: 1\r\nKeep-Alive: timeout=5\r\nProxy-Connection: x\r\nTE: y\r\nTrailer: z\r\nUpgrade: h2c\r\nConnection: keep-alive, X-Hop,, x-too\r\nX-Too: 2\r\nX-Kept: 3\r\nContent-Length: 0\r\n\r\n`,
    },
    want: { ...complete, headers: ["x-kept", "3"] },
  },
  {
    name: "Connection that names Content-Length does not change the framing",
    given: { raw: `${OK}Connection: content-length\r\nContent-Length: 2\r\n\r\nhi` },
    want: { ...complete, body: "hi", bodyLength: 2 },
  },
  {
    name: "Connection: close in any case and in a list",
    given: { raw: `${OK}Connection: x-a, CLOSE\r\nContent-Length: 0\r\n\r\n` },
    want: lastUse,
  },
  {
    name: "chunks with extensions and trailers, which are dropped",
    given: {
      raw: `${OK}TRANSFER-ENCODING: Chunked\r\n\r\n5;a=b;c="d \\"e\\\\;";f\r\nhello\r\n00A\r\n, world!!!\r\n0;x\r\nSet-Cookie: evil=1\r\nX:\r\n\r\n`,
    },
    want: { ...complete, body: "hello, world!!!", bodyLength: -1, headers: [] },
  },
  {
    name: "chunk data that looks like framing",
    given: { raw: `${CHUNKED}7\r\n0\r\n\r\n\r\n\r\n0\r\n\r\n` },
    want: { ...complete, body: "0\r\n\r\n\r\n" },
  },
  {
    name: "a chunked body without chunks",
    given: { raw: `${CHUNKED}0\r\n\r\n` },
    want: { ...complete, body: "" },
  },
  {
    name: "an answer delimited by closing",
    given: { raw: `${OK}X: y\r\n\r\nuntil the end`, thenEnd: true },
    want: { ...lastUse, body: "until the end", bodyLength: -1 },
  },
  {
    name: "HTTP/1.0 is used once, whatever it promises",
    given: { raw: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi" },
    want: { ...lastUse, body: "hi" },
  },
  {
    name: "HEAD has no body and keeps its length",
    given: { raw: `${OK}Content-Length: 500\r\n\r\n`, method: "HEAD" },
    want: { ...complete, body: "", bodyLength: 0, contentLength: 500 },
  },
  {
    name: "HEAD may announce chunks",
    given: { raw: CHUNKED, method: "HEAD" },
    want: { ...complete, body: "", bodyLength: 0, contentLength: -1 },
  },
  {
    name: "304 has no body and keeps its length",
    given: { raw: "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n" },
    want: { ...complete, body: "", bodyLength: 0, contentLength: 7 },
  },
  {
    name: "204 has neither body nor length",
    given: { raw: "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n" },
    want: { ...complete, bodyLength: 0, contentLength: -1 },
  },
  {
    name: "204 that announces a body: the connection is not trusted with another request",
    given: { raw: "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n" },
    want: { ...lastUse, bodyLength: 0, contentLength: -1 },
  },
  {
    name: "interim answers are skipped, even eight of them",
    given: {
      raw: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${"HTTP/1.1 102 P\r\n\r\n".repeat(6)}${OK}Content-Length: 2\r\n\r\nhi`,
    },
    want: { ...complete, status: 200, headers: [], body: "hi" },
  },
  {
    name: "an interim answer that says close does not speak for the final one",
    given: { raw: `HTTP/1.1 100 C\r\nConnection: close\r\n\r\n${OK}Content-Length: 0\r\n\r\n` },
    want: complete,
  },
  {
    name: "a head of exactly the largest size",
    given: { raw: `${OK}Content-Length: 0\r\n\r\n`, maxHeadBytes: 38 },
    want: complete,
  },
  {
    name: "200 headers",
    given: { raw: `${OK}${"A: b\r\n".repeat(199)}Content-Length: 0\r\n\r\n` },
    want: complete,
  },
];

describe("an answer is understood however it is cut", () => {
  test.for(understood)("$name", ({ given, want }) => {
    for (const cuts of everyCut(given.raw.length)) {
      expect(feedAnswer(given.raw, cuts, given), `cut at ${cuts.join()}`).toMatchObject(want);
    }
  });
});
