import { compileHeaderCodes } from "@portcullis/core";
import { describe, expect, test } from "vitest";

import { RequestReader } from "../src/server/request-reader.ts";
import type { UwsRequest } from "../src/server/uws.ts";

type Lines = readonly (readonly [name: string, value: string])[];

const CODES = compileHeaderCodes(["x-api-key"]);
const OTHER_CODES = compileHeaderCodes(["accept"]);
const LIMIT = { fields: 8, bytes: 65_536 };
/** Host thrice, so that most heads have one; the last two are refused. */
const NAMES = [
  "host",
  "host",
  "host",
  "cookie",
  "authorization",
  "content-type",
  "content-length",
  "x-api-key",
  "accept",
  "user-agent",
  "te",
  "connection",
  "x-forwarded-for",
  "x_api_key",
  "a b",
];

const PEER = Uint8Array.of(127, 0, 0, 1).buffer;

/** What a handler is given by the engine, of the calls that reading makes. */
function requestOf(lines: Lines): UwsRequest {
  return {
    getCaseSensitiveMethod: () => "GET",
    getUrl: () => "/shop",
    getQuery: () => "",
    getHeader: (name) => lines.find(([known]) => known === name)?.[1] ?? "",
    forEach: (each) => lines.forEach(([name, value]) => each(name, value)),
  };
}

/** All that a reader makes of a head. */
function readBy(reader: RequestReader, lines: Lines): unknown {
  const req = requestOf(lines);
  reader.read(PEER, req);
  const isPassed = reader.complete(req, "", "");
  const { authorization, contentLength, contentType, cookie, host, isMalformed } = reader.view;
  const custom = reader.view.custom.slice(0, reader.view.customCount);
  const { head } = reader;
  return {
    authorization,
    contentLength,
    contentType,
    cookie,
    host,
    isMalformed,
    custom,
    isPassed,
    head,
  };
}

describe("a head that is read after others", () => {
  test("is understood as if it were the first, whatever names stood in the same places", () => {
    let state = 5;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return (state >>> 8) % below;
    };
    const reader = new RequestReader(CODES, LIMIT);
    for (let round = 0; round < 3000; round++) {
      const lines = Array.from(
        { length: random(LIMIT.fields + 3) },
        () => [NAMES[random(NAMES.length)] ?? "", `v${random(3)}`] as const,
      );
      expect(readBy(reader, lines)).toEqual(readBy(new RequestReader(CODES, LIMIT), lines));
    }
  });

  test("is understood by the codes of a new policy", () => {
    const lines: Lines = [
      ["host", "h"],
      ["accept", "a"],
      ["x-api-key", "k"],
    ];
    const reader = new RequestReader(CODES, LIMIT);
    expect(readBy(reader, lines)).toMatchObject({ custom: ["k"] });
    reader.replaceCodes(OTHER_CODES);
    expect(readBy(reader, lines)).toMatchObject({ custom: ["a"] });
  });
});
