import { describe, expect, test } from "vitest";

import { everyCut, feedAnswer } from "./support/feed-answer.ts";
import { CHUNKED, OK, REFUSED_CHUNKS, type RefusedAnswer } from "./support/refused-chunks.ts";

const length = (value: string): string => `${OK}Content-Length: ${value}\r\n\r\nhello`;
const headed = (line: string): string => `${OK}${line}\r\nContent-Length: 0\r\n\r\n`;
const encoding = (value: string): string =>
  `${OK}Transfer-Encoding: ${value}\r\n\r\n5\r\nhello\r\n0\r\n\r\n`;

const refused: RefusedAnswer[] = [
  ...["HTTP/0.9", "HTTP/1.2", "HTTP/2.0", "HTTP/1.32", "http/1.1", "ICY", "XHTTP/1.1"].map(
    (version) => ({
      name: `the version ${version}`,
      given: { raw: `${version} 200 OK\r\nContent-Length: 0\r\n\r\n` },
      want: "bad-status-line",
    }),
  ),
  ...[" 20 OK", " 2000 OK", " 099 OK", " 600 OK", " +20 OK", "  200 OK", "\t200 OK", " 200"].map(
    (rest) => ({
      name: `the status line HTTP/1.1${rest}`,
      given: { raw: `HTTP/1.1${rest}\r\nContent-Length: 0\r\n\r\n` },
      want: "bad-status-line",
    }),
  ),
  {
    name: "an empty line before the answer",
    given: { raw: `\r\n${OK}\r\n` },
    want: "bad-status-line",
  },
  {
    name: "101, for nothing was to be upgraded",
    given: { raw: "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n" },
    want: "unexpected-upgrade",
  },
  {
    name: "an interim answer with a length",
    given: { raw: `HTTP/1.1 100 C\r\nContent-Length: 5\r\n\r\n${OK}\r\n` },
    want: "interim-answer-with-body",
  },
  {
    name: "an interim answer with chunks",
    given: { raw: `HTTP/1.1 103 C\r\nTransfer-Encoding: chunked\r\n\r\n${OK}\r\n` },
    want: "interim-answer-with-body",
  },
  {
    name: "nine interim answers",
    given: { raw: "HTTP/1.1 100 C\r\n\r\n".repeat(9) },
    want: "too-many-interim-answers",
  },
  ...["5, 5", "+5", "-5", "5_0", "0x5", '"5"', "5 5", "5;", "", "\xb2", "5.0", "1e1", "\xa05"].map(
    (value) => ({
      name: `Content-Length: ${value}`,
      given: { raw: length(value) },
      want: "bad-content-length",
    }),
  ),
  {
    name: "a Content-Length of 2^53",
    given: { raw: length("9007199254740992") },
    want: "bad-content-length",
  },
  {
    name: "a Content-Length that would overflow to 5",
    given: { raw: length("18446744073709551621") },
    want: "bad-content-length",
  },
  {
    name: "two equal Content-Lengths",
    given: { raw: headed("content-length: 0") },
    want: "repeated-content-length",
  },
  {
    name: "two different Content-Lengths",
    given: { raw: headed("Content-Length: 3") },
    want: "repeated-content-length",
  },
  {
    name: "two Content-Lengths, to HEAD too",
    given: { raw: headed("Content-Length: 3"), method: "HEAD" },
    want: "repeated-content-length",
  },
  {
    name: "both framings",
    given: { raw: headed("Transfer-Encoding: chunked") },
    want: "two-framings",
  },
  {
    name: "both framings, to HEAD too",
    given: { raw: headed("Transfer-Encoding: chunked"), method: "HEAD" },
    want: "two-framings",
  },
  ...[
    "gzip",
    "gzip, chunked",
    "chunked, chunked",
    ",chunked",
    "chunked,",
    '"chunked"',
    "xchunked",
    "chunke",
    "chunked;q=1",
    "chunked\xa0",
    "\x85chunked",
    "identity",
    "",
  ].map((value) => ({
    name: `Transfer-Encoding: ${value}`,
    given: { raw: encoding(value) },
    want: "bad-transfer-encoding",
  })),
  {
    name: "Transfer-Encoding with a vertical tab",
    given: { raw: encoding("\vchunked") },
    want: "control-character",
  },
  {
    name: "two Transfer-Encodings",
    given: { raw: encoding("chunked\r\nTransfer-Encoding: chunked") },
    want: "bad-transfer-encoding",
  },
  {
    name: "chunks in HTTP/1.0",
    given: { raw: "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" },
    want: "bad-transfer-encoding",
  },
  ...["A : b", "A\t: b", "A b: c", ": b", "A", "A(: b", "\xe9: b", "A\0: b", "A\r\n: b"].map(
    (line) => ({
      name: `the header line ${JSON.stringify(line)}`,
      given: { raw: headed(line) },
      want: "bad-header-name",
    }),
  ),
  ...[" A: b", "A: b\r\n c: d", "A: b\r\n\tc"].map((line) => ({
    name: `folding: ${JSON.stringify(line)}`,
    given: { raw: headed(line) },
    want: "folded-header",
  })),
  ...["A: b\nC: d", "A: b\rC: d", "A: b\r\r", "A: b\n", "\nA: b"].map((line) => ({
    name: `the line end of ${JSON.stringify(line)}`,
    given: { raw: headed(line) },
    want: "bad-line-end",
  })),
  {
    name: "bare line feeds only",
    given: { raw: "HTTP/1.1 200 OK\nContent-Length: 0\n\n" },
    want: "bad-line-end",
  },
  {
    name: "a head that ends in a bare line feed",
    given: { raw: `${OK}Content-Length: 0\r\n\n` },
    want: "bad-line-end",
  },
  ...["\0", "\x01", "\b", "\v", "\f", "\x1b", "\x7f"].map((character) => ({
    name: `the control character ${JSON.stringify(character)} in a value`,
    given: { raw: headed(`A: b${character}c`) },
    want: "control-character",
  })),
  {
    name: "a control character in the phrase",
    given: { raw: "HTTP/1.1 200 O\0K\r\nContent-Length: 0\r\n\r\n" },
    want: "control-character",
  },
  {
    name: "201 headers",
    given: { raw: `${OK}${"A: b\r\n".repeat(201)}\r\n` },
    want: "too-many-headers",
  },
  {
    name: "a head one byte too large",
    given: { raw: `${OK}Content-Length: 0\r\n\r\n`, maxHeadBytes: 37 },
    want: "head-too-large",
  },
  {
    name: "a head that never ends",
    given: { raw: `${OK}A: ${"b".repeat(200)}`, maxHeadBytes: 100 },
    want: "head-too-large",
  },
  {
    name: "Connection with what is no token",
    given: { raw: headed("Connection: a b") },
    want: "bad-connection-header",
  },
  {
    name: "Connection with 17 options",
    given: { raw: headed(`Connection: ${"a,".repeat(16)}a`) },
    want: "bad-connection-header",
  },
  ...REFUSED_CHUNKS,
  {
    name: "a length cut short",
    given: { raw: `${OK}Content-Length: 9\r\n\r\nhello`, thenEnd: true },
    want: "closed-in-body",
  },
  {
    name: "the longest length there is, cut short",
    given: { raw: length("9007199254740991"), thenEnd: true },
    want: "closed-in-body",
  },
  {
    name: "the longest chunk there is, cut short",
    given: { raw: `${CHUNKED}1fffffffffffff\r\nhello`, thenEnd: true },
    want: "closed-in-body",
  },
  {
    name: "chunks cut short before the last one",
    given: { raw: `${CHUNKED}5\r\nhello\r\n`, thenEnd: true },
    want: "closed-in-body",
  },
  {
    name: "chunks cut short before the last line",
    given: { raw: `${CHUNKED}5\r\nhello\r\n0\r\n`, thenEnd: true },
    want: "closed-in-body",
  },
  {
    name: "a head cut short",
    given: { raw: `${OK}Content-Length: 0\r\n`, thenEnd: true },
    want: "closed-before-head",
  },
  {
    name: "an interim answer and nothing else",
    given: { raw: "HTTP/1.1 100 Continue\r\n\r\n", thenEnd: true },
    want: "closed-before-head",
  },
];

describe("an answer that can be read in two ways is refused however it is cut", () => {
  test.for(refused)("$name", ({ given, want }) => {
    for (const cuts of everyCut(given.raw.length)) {
      const answer = feedAnswer(given.raw, cuts, given);
      expect(answer, `cut at ${cuts.join()}`).toMatchObject({
        fault: want,
        isComplete: false,
        isReusable: false,
      });
    }
  });
});
