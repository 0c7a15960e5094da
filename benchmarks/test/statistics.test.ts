import { describe, expect, test } from "vitest";

import { holds, quantile, ratios, spreadOf } from "../src/statistics.ts";

describe("quantile", () => {
  test.for([
    { name: "the median of an odd number is the middle one", samples: [9, 1, 5], q: 0.5, want: 5 },
    { name: "the median of an even number lies between", samples: [4, 1, 3, 2], q: 0.5, want: 2.5 },
    { name: "0 is the smallest", samples: [3, 1, 2], q: 0, want: 1 },
    { name: "1 is the largest", samples: [3, 1, 2], q: 1, want: 3 },
    {
      name: "numbers are compared as numbers, not as text",
      samples: [10, 9, 100],
      q: 1,
      want: 100,
    },
    { name: "one sample is every quantile", samples: [7], q: 0.99, want: 7 },
    { name: "no samples have none", samples: [], q: 0.5, want: Number.NaN },
  ])("$name", ({ samples, q, want }) => {
    expect(quantile(samples, q)).toBe(want);
  });

  test("the samples stay in their order", () => {
    const samples = [3, 1, 2];
    quantile(samples, 0.5);
    expect(samples).toEqual([3, 1, 2]);
  });
});

test("a spread is not moved by one outlier", () => {
  const calm = Array.from({ length: 21 }, (_, index) => 100 + index);
  expect(spreadOf([...calm.slice(0, 20), 9000])).toEqual(spreadOf(calm));
});

describe("ratios", () => {
  test("are taken round by round, so that a slow round of both changes nothing", () => {
    expect(ratios([10, 100, 10], [20, 200, 20])).toEqual([0.5, 0.5, 0.5]);
  });

  test("leave out rounds that only one subject has", () => {
    expect(ratios([1, 2], [2])).toEqual([0.5]);
  });
});

describe("holds", () => {
  test.for([
    { name: "the limit itself holds", median: 1, want: true },
    { name: "past it does not", median: 1.01, want: false },
    { name: "what could not be measured does not", median: Number.NaN, want: false },
  ])("$name", ({ median, want }) => {
    expect(holds({ median, low: 0, high: 2 }, 1)).toBe(want);
  });
});
