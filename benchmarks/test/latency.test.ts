import { describe, expect, test } from "vitest";

import { edgeOf } from "../src/latency/edge-connections.ts";
import { readReply } from "../src/latency/kept-connection.ts";
import {
  PERCENTILE_COLUMNS,
  percentileCells,
  percentileSpread,
} from "../src/latency/percentiles.ts";

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at + 1);
}

describe("percentileCells", () => {
  test("has one cell for each column", () => {
    expect(percentileCells(upTo(20_000))).toHaveLength(PERCENTILE_COLUMNS.length);
  });

  test("the order of the samples does not matter", () => {
    expect(percentileCells(upTo(5000).toReversed())).toEqual(percentileCells(upTo(5000)));
  });

  test.for([
    { count: 99, empty: ["p99", "p99.9", "p99.99"] },
    { count: 100, empty: ["p99.9", "p99.99"] },
    { count: 1000, empty: ["p99.99"] },
    { count: 10_000, empty: [] },
  ])("of $count samples it shows no percentile that so few do not have", ({ count, empty }) => {
    const cells = percentileCells(upTo(count));
    expect(PERCENTILE_COLUMNS.filter((_, at) => cells[at] === "")).toEqual(empty);
  });
});

test("the median of a percentile is that of all samples", () => {
  const samples = [...upTo(99).map(() => 1), 50];
  expect(percentileSpread(samples, 1).median).toBe(50);
  expect(percentileSpread(samples, 0.5)).toEqual({ median: 1, low: 1, high: 1 });
});

describe("readReply", () => {
  const head = "HTTP/1.1 403 Unauthorized\r\nContent-Length: 5";

  test("waits for the last byte of the body", () => {
    expect(readReply(`${head}\r\n\r\ndeni`, 1)).toBeUndefined();
    expect(readReply(`${head}\r\n\r\ndenie`, 1)).toEqual({
      status: 403,
      head,
      body: "denie",
      at: 1,
    });
  });

  test("an answer whose end nobody can know is an error, not a wait for ever", () => {
    expect(() => readReply("HTTP/1.1 200 OK\r\n\r\n", 1)).toThrow("without a length");
  });
});

describe("edgeOf", () => {
  test("reads the number of the edge out of the request id", () => {
    expect(edgeOf("HTTP/1.1 503 X\r\nx-request-id: 0a1b2c3d4e-12-zz\r\nA: b")).toBe(12);
  });

  test("an id of another form is an error", () => {
    expect(() => edgeOf("HTTP/1.1 503 X\r\nx-request-id: abc\r\nA: b")).toThrow("of an edge");
  });
});
