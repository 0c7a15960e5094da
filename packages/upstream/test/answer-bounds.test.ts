import { describe, expect, test } from "vitest";

import { AnswerParser, ParserShared } from "../src/answer/answer-parser.ts";
import { everyCut, feedAnswer } from "./support/feed-answer.ts";

const complete = { isComplete: true, isReusable: true, fault: undefined, heads: 1 };
const lastUse = { ...complete, isReusable: false };
const OK = "HTTP/1.1 200 OK\r\n";
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

describe("bytes behind an answer", () => {
  test.for([
    { name: "behind a length", raw: `${OK}Content-Length: 2\r\n\r\nhi`, rest: "!" },
    { name: "behind no body", raw: `${OK}Content-Length: 0\r\n\r\n`, rest: "\r\n" },
    { name: "behind chunks", raw: `${CHUNKED}2\r\nhi\r\n0\r\n\r\n`, rest: "0\r\n\r\n" },
    {
      name: "a second answer",
      raw: `${OK}Content-Length: 2\r\n\r\nhi`,
      rest: `${OK}Content-Length: 0\r\n\r\n`,
    },
  ])("are never another answer and end the connection: $name", ({ raw, rest }) => {
    for (const cuts of everyCut(raw.length + rest.length)) {
      const answer = feedAnswer(raw + rest, cuts);
      expect(answer).toMatchObject({ fault: "bytes-after-answer", isReusable: false });
      expect(answer.heads).toBeLessThanOrEqual(1);
    }
  });

  test.for([
    { name: "HEAD", raw: `${OK}Content-Length: 5\r\n\r\n`, method: "HEAD" },
    { name: "204", raw: "HTTP/1.1 204 No Content\r\n\r\n", method: "GET" },
    { name: "304", raw: "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", method: "GET" },
  ])("of $name leave the answer as it is, without a body", ({ raw, method }) => {
    const answer = feedAnswer(`${raw}hello`, [], { method });
    expect(answer).toMatchObject({ ...lastUse, body: "", bodyLength: 0 });
  });
});

describe("bounds", () => {
  test("chunk extensions are bounded over all chunks together", () => {
    const raw = CHUNKED + `1;${"a".repeat(99)}\r\nx\r\n`.repeat(200);
    expect(feedAnswer(raw, []).fault).toBe("chunk-extension-too-large");
  });

  test("trailers are bounded", () => {
    const raw = `${CHUNKED}0\r\n${"A: b\r\n".repeat(4_000)}\r\n`;
    expect(feedAnswer(raw, []).fault).toBe("bad-trailer");
  });

  test("a head of 64 KiB that comes byte by byte is read in linear time", () => {
    const raw = `${OK}A: ${"b".repeat(65_000)}\r\nContent-Length: 0\r\n\r\n`;
    const cuts = Array.from({ length: raw.length - 1 }, (_, i) => i + 1);
    expect(feedAnswer(raw, cuts)).toMatchObject(complete);
  });

  test("invented header names do not wear out the known ones", () => {
    for (let round = 0; round < 50; round++) {
      const invented = Array.from({ length: 150 }, (_, i) => `N${round}-${i}: v\r\n`).join("");
      const answer = feedAnswer(`${OK}${invented}content-LENGTH: 2\r\n\r\nhi`, []);
      expect(answer).toMatchObject({ ...complete, body: "hi" });
      expect(answer.headers.slice(0, 2)).toEqual([`n${round}-0`, "v"]);
    }
  });
});

describe("one connection, answer after answer", () => {
  test.for([
    { name: "the same name in another case", line: "x-AB: 1", want: ["x-ab", "1"] },
    { name: "a shorter name", line: "X-A: 1", want: ["x-a", "1"] },
    { name: "a longer name", line: "X-Abc: 1", want: ["x-abc", "1"] },
    { name: "a name that differs in one byte", line: "X_Ab: 1", want: ["x_ab", "1"] },
    { name: "no header there", line: "Content-Length: 0", want: [] },
    { name: "an empty name", line: ": 1", want: "bad-header-name" },
    { name: "a blank before the colon", line: "X-Ab : 1", want: "bad-header-name" },
    { name: "a carriage return for a name", line: "\r: 1", want: "bad-line-end" },
  ])("no header takes the name that stood in its place before: $name", ({ line, want }) => {
    const shared = new ParserShared(65_536);
    const parser = new AnswerParser(shared);
    const last = line.startsWith("Content") ? "" : "Content-Length: 0\r\n";
    for (const header of ["X-Ab: 0\r\nContent-Length: 0\r\n", `${line}\r\n${last}`]) {
      const bytes = Buffer.from(`${OK}${header}\r\n`);
      parser.expect(false);
      parser.feed(bytes, bytes.length);
    }
    const headers = shared.head.pairs.slice(0, 2 * shared.head.count);
    expect(parser.fault?.detail ?? headers).toEqual(want);
  });
});
