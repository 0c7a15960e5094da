import { FORWARD, MALFORMED, UNAUTHORIZED, UNKNOWN_API, type Verdict } from "@portcullis/core";
import { describe, expect, test } from "vitest";

import {
  API_ROWS,
  Counters,
  CUT_CAUSES,
  HISTOGRAM_BUCKETS,
  NO_API_ROW,
  REASONS,
  UPSTREAM_OUTCOMES,
  VERDICT_KINDS,
} from "../src/counters.ts";

const answer = UNAUTHORIZED;
const BLOCK: Verdict = { kind: "block", reason: "method", answer };
const MONITOR: Verdict = { kind: "monitor", reason: "content-type" };

describe("what an edge counts", () => {
  test("is kept by API, by verdict and by reason", () => {
    const counters = new Counters();
    for (const verdict of [FORWARD, FORWARD, BLOCK, MONITOR]) counters.countVerdict(3, verdict, 1);
    for (const verdict of [MALFORMED, UNKNOWN_API]) counters.countVerdict(NO_API_ROW, verdict, 1);
    expect(VERDICT_KINDS.map((kind) => counters.verdicts(3, kind))).toEqual([2, 1, 1, 0, 0, 0]);
    expect(REASONS.filter((reason) => counters.reasons(3, reason) === 1)).toEqual([
      "method",
      "content-type",
    ]);
    expect(REASONS.filter((reason) => counters.reasons(NO_API_ROW, reason) === 1)).toEqual([
      "malformed",
      "unknown-api",
    ]);
    expect(counters.verdicts(NO_API_ROW, "reject")).toBe(2);
    expect(counters.verdicts(4, "forward")).toBe(0);
  });

  test("has room for the last row and touches nothing behind it", () => {
    const counters = new Counters();
    counters.countVerdict(API_ROWS, BLOCK, 1);
    counters.countUpstream(API_ROWS, UPSTREAM_OUTCOMES.length - 1, 5);
    expect(counters.outcomes(API_ROWS, UPSTREAM_OUTCOMES.length - 1)).toBe(1);
    expect(counters.decisionTimes().buckets.reduce((sum, count) => sum + count, 0)).toBe(1);
    expect([counters.bytesReceived(), counters.bytesSent(), counters.lostLines()]).toEqual([
      0, 0, 0,
    ]);
  });

  test("of WebSockets stands apart from everything else", () => {
    const counters = new Counters();
    counters.setLostLines(3);
    counters.setOpenWebSockets(5);
    counters.setOpenWebSockets(4);
    counters.countMessage(0, 10);
    counters.countMessage(1, 20);
    counters.countMessage(1, 30);
    for (const cause of CUT_CAUSES) counters.countCut(cause);
    counters.countCut("denied");
    expect(counters.openWebSockets()).toBe(4);
    expect([counters.messages(0), counters.messages(1)]).toEqual([1, 2]);
    expect([counters.messageBytes(0), counters.messageBytes(1)]).toEqual([10, 50]);
    expect(CUT_CAUSES.map((cause) => counters.cuts(cause))).toEqual(
      CUT_CAUSES.map((cause) => (cause === "denied" ? 2 : 1)),
    );
    expect(counters.lostLines()).toBe(3);
  });

  test("is read by another thread out of the same buffer", () => {
    const counters = new Counters();
    const elsewhere = new Counters(counters.buffer);
    counters.countVerdict(1, FORWARD, 2);
    counters.countUpstream(1, 0, 1000);
    counters.countBytes(10, 20);
    counters.countBytes(1, 2);
    counters.setLostLines(7);
    expect(elsewhere.verdicts(1, "forward")).toBe(1);
    expect(elsewhere.outcomes(1, 0)).toBe(1);
    expect(elsewhere.upstreamTimes().sumMicroseconds).toBe(1000);
    expect([elsewhere.bytesReceived(), elsewhere.bytesSent(), elsewhere.lostLines()]).toEqual([
      11, 22, 7,
    ]);
  });
});

describe("a time is counted in the bucket of the smallest bound that is not less", () => {
  test.for([
    { microseconds: 0, bucket: 0 },
    { microseconds: 0.3, bucket: 0 },
    { microseconds: 1, bucket: 0 },
    { microseconds: 1.01, bucket: 1 },
    { microseconds: 2, bucket: 1 },
    { microseconds: 2.5, bucket: 2 },
    { microseconds: 4, bucket: 2 },
    { microseconds: 5, bucket: 3 },
    { microseconds: 1024, bucket: 10 },
    { microseconds: 1025, bucket: 11 },
    { microseconds: 2 ** 23, bucket: 23 },
    { microseconds: 2 ** 23 + 1, bucket: HISTOGRAM_BUCKETS },
    { microseconds: 2 ** 31, bucket: HISTOGRAM_BUCKETS },
    { microseconds: 2 ** 32 + 2, bucket: HISTOGRAM_BUCKETS },
    { microseconds: 2 ** 40, bucket: HISTOGRAM_BUCKETS },
  ])("$microseconds: bucket $bucket", ({ bucket, microseconds }) => {
    const counters = new Counters();
    counters.countVerdict(0, FORWARD, microseconds);
    const { buckets, sumMicroseconds } = counters.decisionTimes();
    expect(buckets).toHaveLength(HISTOGRAM_BUCKETS + 1);
    expect(buckets.indexOf(1)).toBe(bucket);
    expect(sumMicroseconds).toBe(microseconds);
    expect(counters.upstreamTimes().sumMicroseconds).toBe(0);
  });
});
