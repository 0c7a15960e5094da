import { bytesPerCall, sameShape } from "@portcullis/testkit/hot-path";
import { describe, expect, test } from "vitest";

import { AnswerParser, ParserShared } from "../src/answer/answer-parser.ts";
import { HeadScanner } from "../src/answer/head-scanner.ts";
import { HeaderNames } from "../src/answer/header-names.ts";
import { Exchange, NO_BODY } from "../src/exchange.ts";
import { Recorder } from "./support/recorder.ts";

const HEAD = Buffer.from(
  "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: application/json\r\nContent-Length: 9007199254740991\r\n\r\n",
);

describe("nothing is allocated", () => {
  test("to scan a head", () => {
    const scanner = new HeadScanner(new HeaderNames());
    const scan = (): void => {
      scanner.restart();
      scanner.scan(HEAD, 0, 0, HEAD.length);
    };
    expect(bytesPerCall(scan)).toBeLessThan(4);
    expect(scanner).toMatchObject({ isDone: true, count: 3 });
  });

  test("for a piece of a body with a length", () => {
    const parser = new AnswerParser(new ParserShared(65_536));
    const piece = Buffer.alloc(100);
    parser.expect(false);
    parser.feed(HEAD, HEAD.length);
    expect(bytesPerCall(() => parser.feed(piece, piece.length))).toBeLessThan(4);
    expect(parser.bodyEnd).toBe(100);
  });

  test("for chunks", () => {
    const parser = new AnswerParser(new ParserShared(65_536));
    const chunks = Buffer.from("5\r\nhello\r\n1\r\n!\r\n");
    const piece = Buffer.alloc(chunks.length);
    parser.expect(false);
    const head = Buffer.from("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    parser.feed(head, head.length);
    const feed = (): void => {
      piece.set(chunks);
      parser.feed(piece, piece.length);
    };
    expect(bytesPerCall(feed)).toBeLessThan(4);
    expect(parser.fault).toBeUndefined();
  });
});

test("every exchange has one hidden class", () => {
  const recorder = new Recorder();
  const one = new Exchange("GET / HTTP/1.1\r\n\r\n", "GET", NO_BODY, recorder);
  const other = new Exchange("POST / HTTP/1.1\r\n\r\n", "POST", 5, recorder);
  other.keep(new Uint8Array(5));
  other.isPaused = true;
  expect(sameShape(one, other)).toBe(true);
});
