import { request } from "node:http";
import { Duplex } from "node:stream";

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { feedAnswer, type ParsedAnswer } from "./support/feed-answer.ts";

const REST = "bytes-after-answer";
/** A long run: `PORTCULLIS_FUZZ_RUNS=1000000 pnpm exec vitest run test/answer-fuzz.test.ts`. */
const numRuns = Number(process.env["PORTCULLIS_FUZZ_RUNS"] ?? 5_000);

/** Pieces that answers are made of, right and wrong: random bytes alone never get past `HTTP`. */
const fragment = fc.constantFrom(
  "HTTP/1.1 200 OK\r\n",
  "HTTP/1.0 200 OK\r\n",
  "HTTP/1.1 100 C\r\n\r\n",
  "HTTP/1.1 204 N\r\n",
  "HTTP/1.1 304 N\r\n",
  "Content-Length: 5\r\n",
  "Content-Length: 0\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Connection: close, x\r\n",
  "X: y\r\n",
  "\r\n",
  "\n",
  "\r",
  " ",
  ":",
  "\0",
  "hello",
  "5\r\nhello\r\n",
  "0\r\n",
  "0\r\n\r\n",
  "ffffffffffffffff\r\n",
  ";a=b",
  ';a="b"',
  "=",
  '"',
  "\\",
);
const noise = fc
  .array(fc.oneof({ weight: 9, arbitrary: fragment }, fc.string({ unit: "binary-ascii" })), {
    maxLength: 12,
  })
  .map((parts) => parts.join(""));
const cutsOf = (length: number): fc.Arbitrary<number[]> =>
  fc
    .array(fc.nat({ max: Math.max(0, length) }), { maxLength: 6 })
    .map((cuts) => cuts.toSorted((a, b) => a - b));

/**
 * What must not depend on the cuts. Once there are bytes behind the answer, that is only that the
 * connection is done with: what has been handed on before they came cannot be called back.
 */
function outcome(answer: ParsedAnswer, anyRest: boolean): unknown {
  if (anyRest) return answer.isReusable;
  return answer.fault ?? answer;
}

describe("whatever an upstream sends", () => {
  test("the parser does not throw, reports one answer at most, and none after a fault", () => {
    fc.assert(
      fc.property(
        noise.chain((raw) => fc.tuple(fc.constant(raw), cutsOf(raw.length))),
        fc.constantFrom("GET", "HEAD"),
        ([raw, cuts], method) => {
          const answer = feedAnswer(raw, cuts, { method, thenEnd: true });
          expect(answer.heads).toBeLessThanOrEqual(1);
          expect(answer.isComplete || answer.fault !== undefined).toBe(true);
          expect(answer.isReusable && answer.fault !== undefined).toBe(false);
        },
      ),
      { numRuns },
    );
  });

  test("an answer that is taken is the same however it is cut", () => {
    fc.assert(
      fc.property(
        noise.chain((raw) => fc.tuple(fc.constant(raw), cutsOf(raw.length))),
        ([raw, cuts]) => {
          const whole = feedAnswer(raw, [], { thenEnd: true });
          const cut = feedAnswer(raw, cuts, { thenEnd: true });
          const anyRest = whole.fault === REST || cut.fault === REST;
          expect(outcome(cut, anyRest)).toEqual(outcome(whole, anyRest));
        },
      ),
      { numRuns },
    );
  });
});

interface WellFormed {
  readonly raw: string;
}

const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_~-]{0,12}$/).map((name) => `X-${name}`);
const value = fc
  .string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)) })
  .map((text) => text.replaceAll(/[\x7f]/g, "").replaceAll(/^[ \t]+|[ \t]+$/g, ""));
const latin1Body = fc
  .uint8Array({ maxLength: 300 })
  .map((bytes) => Buffer.from(bytes).toString("latin1"));
const framed = fc.oneof(
  latin1Body.map((body) => ({ header: `Content-Length: ${body.length}`, body })),
  fc.array(latin1Body, { maxLength: 5 }).map((chunks) => ({
    header: "Transfer-Encoding: chunked",
    body: `${chunks
      .filter((chunk) => chunk !== "")
      .map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`)
      .join("")}0\r\n\r\n`,
  })),
);
const wellFormed: fc.Arbitrary<WellFormed> = fc
  .record({
    status: fc.constantFrom(200, 201, 301, 404, 500, 503),
    phrase: fc.stringMatching(/^[A-Za-z ]{0,20}$/),
    headers: fc.array(fc.tuple(token, value), { maxLength: 10 }),
    framed,
  })
  .map(({ status, phrase, headers, framed: { header, body } }): WellFormed => ({
    raw: `HTTP/1.1 ${status} ${phrase}\r\n${headers.map(([name, text]) => `${name}: ${text}\r\n`).join("")}${header}\r\n\r\n${body}`,
  }));

interface Reading {
  status: number;
  phrase: string;
  headers: string[];
  body: string;
}

/** What node:http makes of the same bytes. */
async function readWithNode(raw: string): Promise<Reading> {
  return new Promise((resolve, reject) => {
    const stream = new Duplex({
      read: () => undefined,
      write: (_chunk, _encoding, done) => done(),
    });
    const outgoing = request({ createConnection: () => stream }, (incoming) => {
      let body = "";
      incoming.setEncoding("latin1");
      incoming.on("data", (chunk: string) => (body += chunk));
      incoming.on("end", () => {
        const headers = incoming.rawHeaders.map((text, i) =>
          i % 2 === 0 ? text.toLowerCase() : text,
        );
        resolve({
          status: incoming.statusCode ?? 0,
          phrase: incoming.statusMessage ?? "",
          headers: headers.slice(0, -2),
          body,
        });
      });
    });
    outgoing.on("error", reject);
    outgoing.end();
    stream.push(Buffer.from(raw, "latin1"));
    stream.push(null);
  });
}

test("a well-formed answer is read as node:http reads it", async () => {
  await fc.assert(
    fc.asyncProperty(
      wellFormed.chain((given) => fc.tuple(fc.constant(given), cutsOf(given.raw.length))),
      async ([{ raw }, cuts]) => {
        const { status, phrase, headers, body, isReusable } = feedAnswer(raw, cuts);
        expect({ status, phrase, headers, body }).toEqual(await readWithNode(raw));
        expect(isReusable).toBe(true);
      },
    ),
    { numRuns: Math.ceil(numRuns / 15) },
  );
});

/** Answers in order but for one place. */
const nearlyWellFormed = wellFormed.chain(({ raw }) =>
  fc
    .tuple(fc.nat({ max: raw.length }), fc.nat({ max: 3 }), fc.oneof(fragment, fc.constant("")))
    .map(([at, dropped, added]) => raw.slice(0, at) + added + raw.slice(at + dropped)),
);

test("an answer that is taken whole is one that node:http takes, and the same", async () => {
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(nearlyWellFormed, async (raw) => {
      const ours = feedAnswer(raw, [], { thenEnd: true });
      // What ends with the connection may be as short as one likes.
      if (!ours.isComplete || !ours.isReusable || ours.fault !== undefined) return;
      taken++;
      const theirs = await readWithNode(raw);
      expect({ status: ours.status, body: ours.body, fields: fieldsOf(ours.headers) }).toEqual({
        status: theirs.status,
        body: theirs.body,
        fields: fieldsOf(theirs.headers),
      });
    }),
    { numRuns },
  );
  expect(taken).toBeGreaterThan(numRuns / 20);
});

/** Those that are neither framing nor the connection's. */
function fieldsOf(pairs: readonly string[]): string[] {
  return pairs.filter((_, index) => pairs[index - (index % 2)]?.startsWith("x-") === true);
}
