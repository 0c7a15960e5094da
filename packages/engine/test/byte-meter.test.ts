import { describe, expect, test } from "vitest";

import { ByteMeter } from "../src/byte-meter.ts";
import { NOW_MS } from "./engine-fixture.ts";

const PER_MINUTE = { count: 1000, seconds: 60 };
/** A whole minute of the clock. */
const MINUTE_MS = NOW_MS - (NOW_MS % 60_000);

const keyOf = (tag: number, hash: number): Int32Array => Int32Array.of(tag, hash, 0, 0);
const CLIENT = keyOf(7, 1);

describe("a client's bytes", () => {
  test.for([
    { name: "up to the threshold", counts: [400, 600], want: [false, false] },
    { name: "one past it", counts: [1000, 1], want: [false, true] },
    { name: "past it at once", counts: [1001], want: [true] },
    { name: "none at all, past it", counts: [1001, 0], want: [true, true] },
    { name: "more than 32 bits hold", counts: [2 ** 33, 1], want: [true, true] },
  ])("are counted: $name", ({ counts, want }) => {
    const meter = new ByteMeter();
    const got = counts.map((bytes) => meter.isPast(CLIENT, bytes, PER_MINUTE, MINUTE_MS));
    expect(got).toEqual(want);
  });

  test("are forgotten when the period of the clock is over, and not before", () => {
    const meter = new ByteMeter();
    expect(meter.isPast(CLIENT, 1001, PER_MINUTE, MINUTE_MS + 30_000)).toBe(true);
    expect(meter.isPast(CLIENT, 0, PER_MINUTE, MINUTE_MS + 59_999)).toBe(true);
    expect(meter.isPast(CLIENT, 1000, PER_MINUTE, MINUTE_MS + 60_000)).toBe(false);
    expect(meter.isPast(CLIENT, 1, PER_MINUTE, MINUTE_MS + 60_001)).toBe(true);
  });

  test("are summed over all threads", () => {
    const here = new ByteMeter();
    const there = new ByteMeter(here.buffer);
    expect(here.isPast(CLIENT, 600, PER_MINUTE, MINUTE_MS)).toBe(false);
    expect(there.isPast(CLIENT, 600, PER_MINUTE, MINUTE_MS)).toBe(true);
    expect(here.isPast(CLIENT, 0, PER_MINUTE, MINUTE_MS)).toBe(true);
  });

  test("are no other client's, where both fall into one place", () => {
    const meter = new ByteMeter();
    const clients = Array.from({ length: 8 }, (_, at) => keyOf(at + 1, 5));
    for (const client of clients) meter.isPast(client, 900, PER_MINUTE, MINUTE_MS);
    for (const client of clients) {
      expect(meter.isPast(client, 100, PER_MINUTE, MINUTE_MS)).toBe(false);
    }
    for (const client of clients) {
      expect(meter.isPast(client, 1, PER_MINUTE, MINUTE_MS)).toBe(true);
    }
  });

  test("give way to a newcomer's where a place is full: the fewest go", () => {
    const meter = new ByteMeter();
    const clients = Array.from({ length: 8 }, (_, at) => keyOf(at + 1, 5));
    clients.forEach((client, at) => meter.isPast(client, 1000 - at, PER_MINUTE, MINUTE_MS));
    const newcomer = keyOf(9, 5);
    expect(meter.isPast(newcomer, 1000, PER_MINUTE, MINUTE_MS)).toBe(false);
    expect(meter.isPast(newcomer, 1, PER_MINUTE, MINUTE_MS)).toBe(true);
    // The one with 993 bytes begins anew; who had the most is still held to it.
    expect(meter.isPast(keyOf(1, 5), 1, PER_MINUTE, MINUTE_MS)).toBe(true);
  });

  test("of a flood of other clients cost no memory, and periods that are over make room", () => {
    const meter = new ByteMeter();
    const size = meter.buffer.byteLength;
    for (let at = 1; at <= 200_000; at++) {
      meter.isPast(keyOf(at, Math.imul(at, 0x9e37_79b1)), 10, PER_MINUTE, MINUTE_MS);
    }
    expect(meter.buffer.byteLength).toBe(size);
    const later = MINUTE_MS + 60_000;
    expect(meter.isPast(CLIENT, 1000, PER_MINUTE, later)).toBe(false);
    expect(meter.isPast(CLIENT, 1, PER_MINUTE, later)).toBe(true);
  });
});
