import { readFileSync } from "node:fs";

import type { CaseResult } from "./report/case-result.ts";
import { formatNumber } from "./report/format-cell.ts";
import { holds, type Spread } from "./statistics.ts";

/** A ratio that must not grow unnoticed. Times are never bounded: they are the machine's. */
export interface Budget {
  readonly case: string;
  /** Name of a figure or a ratio of that case. */
  readonly ratio: string;
  readonly atMost: number;
  /** What it was seen to be, and why the bound is where it is. */
  readonly reason: string;
  /** The peer without which it cannot be measured. */
  readonly needs?: string;
}

/** How a run compares with the budgets. */
export interface BudgetCheck {
  readonly passed: readonly string[];
  readonly broken: readonly string[];
  /** Not measured because a peer was not, with its reason. */
  readonly unchecked: readonly string[];
}

const FILE = new URL("../budgets.json", import.meta.url);

/** The budgets of this repository. */
export function readBudgets(): Budget[] {
  const rows: unknown = JSON.parse(readFileSync(FILE, "utf8"));
  if (!Array.isArray(rows)) throw new TypeError("budgets.json: expected a list");
  return rows.map((row: unknown, at) => {
    if (!isBudget(row)) {
      throw new TypeError(`budgets.json: ${at}: expected case, ratio, atMost and reason`);
    }
    return row;
  });
}

/**
 * Compares the medians of a run with the budgets of the cases that ran. A budget whose ratio was
 * not measured is broken as well, unless the peer that it needs was skipped.
 */
export function checkBudgets(
  budgets: readonly Budget[],
  results: readonly CaseResult[],
): BudgetCheck {
  const passed: string[] = [];
  const broken: string[] = [];
  const unchecked: string[] = [];
  for (const budget of budgets) {
    const result = results.find(({ name }) => name === budget.case);
    if (result === undefined) continue;
    const name = `${budget.case}: ${budget.ratio}`;
    const measured = measuredIn(result, budget.ratio);
    if (measured === undefined) {
      const skipped = result.skipped.find(({ subject }) => subject === budget.needs);
      if (skipped === undefined) broken.push(`${name}: not measured`);
      else unchecked.push(`${name}: ${skipped.subject} was skipped: ${skipped.reason}`);
      continue;
    }
    const line = `${name}: ${formatNumber(measured.median)}, budget ${formatNumber(budget.atMost)}`;
    if (holds(measured, budget.atMost)) passed.push(line);
    else broken.push(`${line} (${budget.reason})`);
  }
  return { passed, broken, unchecked };
}

function measuredIn(result: CaseResult, name: string): Spread | undefined {
  return [...result.figures, ...(result.ratios ?? [])].find((one) => one.name === name)?.measured;
}

function isBudget(row: unknown): row is Budget {
  return (
    typeof row === "object" &&
    row !== null &&
    ["case", "ratio", "reason"].every((name) => typeof Reflect.get(row, name) === "string") &&
    typeof Reflect.get(row, "atMost") === "number"
  );
}
