import { afterEach, expect, test, vi } from "vitest";

import { timeCalls } from "../src/timing/calls.ts";
import { timeInRounds } from "../src/timing/rounds.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

test("the subjects of a round take turns, and warm-ups leave no samples", () => {
  const order: string[] = [];
  const subject = (name: string): Parameters<typeof timeInRounds>[0][number] => ({
    name,
    calls: 1,
    pass: () => order.push(name),
  });
  const options = { rounds: 2, warmUps: 1, roundMs: Number.MIN_VALUE };
  const times = timeInRounds([subject("a"), subject("b")], options, () => undefined);
  expect(order.join("").replaceAll(/(.)\1+/g, "$1")).toBe("ababab");
  expect([times.get("a")?.length, times.get("b")?.length]).toEqual([2, 2]);
});

test("what is prepared for a pass is not timed with it", () => {
  let clockMs = 0;
  vi.spyOn(performance, "now").mockImplementation(() => clockMs);
  const subject = {
    name: "quick",
    calls: 2,
    prepare: () => {
      clockMs += 1000;
    },
    pass: () => {
      clockMs += 1;
    },
  };
  const times = timeInRounds([subject], { rounds: 1, warmUps: 0, roundMs: 3 }, () => undefined);
  expect(times.get("quick")).toEqual([500_000]);
});

test("each call is timed by itself, with a number of its own and without what is prepared for it", () => {
  let clockMs = 0;
  vi.spyOn(performance, "now").mockImplementation(() => clockMs);
  const seen: string[] = [];
  const prepare = (index: number): void => {
    clockMs += 1000;
    seen.push(`prepare ${index}`);
  };
  const call = (index: number): void => {
    clockMs += index;
    seen.push(`call ${index}`);
  };
  const times = timeCalls(prepare, call, { calls: 2, warmUps: 1 }, () => undefined);
  expect(seen.join()).toBe("prepare 0,call 0,prepare 1,call 1,prepare 2,call 2");
  expect(times.p50).toBeCloseTo(1_500_000);
  expect(times.p99).toBeCloseTo(1_990_000);
});
