import { describe, expect, test } from "vitest";

import { CASES } from "../src/cases.ts";
import { type Budget, checkBudgets, readBudgets } from "../src/check-budgets.ts";
import type { CaseResult } from "../src/report/case-result.ts";

function resultWith(changes: Partial<CaseResult>): CaseResult {
  const nothing = { tables: [], figures: [], skipped: [], notes: [], method: [] };
  return { name: "sample", title: "", ...nothing, ...changes };
}

function measured(median: number): CaseResult {
  const ratio = { name: "ours / theirs", measured: { median, low: median, high: median } };
  return resultWith({ ratios: [ratio] });
}

const budget: Budget = { case: "sample", ratio: "ours / theirs", atMost: 0.5, reason: "seen: 0.4" };

describe("checkBudgets", () => {
  test.for([
    { name: "a ratio within its budget passes", result: measured(0.5), want: "passed" },
    { name: "a ratio over its budget is broken", result: measured(0.51), want: "broken" },
    { name: "a ratio of NaN is broken", result: measured(Number.NaN), want: "broken" },
    { name: "a ratio that was not measured is broken", result: resultWith({}), want: "broken" },
    {
      name: "a figure is compared like a ratio",
      result: resultWith({
        figures: [
          {
            name: "ours / theirs",
            unit: "x",
            atMost: 1,
            measured: { median: 0.6, low: 0.6, high: 0.6 },
          },
        ],
      }),
      want: "broken",
    },
  ] as const)("$name", ({ result, want }) => {
    const check = checkBudgets([budget], [result]);
    expect({ passed: 0, broken: 0, unchecked: 0, [want]: 1 }).toEqual({
      passed: check.passed.length,
      broken: check.broken.length,
      unchecked: check.unchecked.length,
    });
  });

  test("a peer that was skipped leaves its budget unchecked, with the reason", () => {
    const result = resultWith({ skipped: [{ subject: "theirs", reason: "not installed" }] });
    const { broken, unchecked } = checkBudgets([{ ...budget, needs: "theirs" }], [result]);
    expect(broken).toEqual([]);
    expect(unchecked).toEqual(["sample: ours / theirs: theirs was skipped: not installed"]);
  });

  test("another subject that was skipped excuses nothing", () => {
    const result = resultWith({ skipped: [{ subject: "ours", reason: "wrong answers" }] });
    expect(checkBudgets([{ ...budget, needs: "theirs" }], [result]).broken).toHaveLength(1);
  });

  test("a case that did not run is not checked", () => {
    const check = checkBudgets([{ ...budget, case: "another" }], [measured(9)]);
    expect([...check.passed, ...check.broken, ...check.unchecked]).toEqual([]);
  });
});

test("every budget names a case that exists, and its reason", () => {
  for (const one of readBudgets()) {
    expect(CASES.has(one.case)).toBe(true);
    expect(one.reason).not.toBe("");
  }
});
