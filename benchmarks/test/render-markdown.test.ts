import { describe, expect, test } from "vitest";

import type { CaseResult } from "../src/report/case-result.ts";
import { formatCell, formatNumber } from "../src/report/format-cell.ts";
import { renderMarkdown, renderTable } from "../src/report/render-markdown.ts";
import type { SetUp } from "../src/report/set-up.ts";

const setUp: SetUp = {
  date: "2026-01-02T03:04:05.678Z",
  node: "v20.0.0",
  v8: "11",
  kernel: "linux 6",
  processor: "one",
  processors: 2,
  memory: "8 GiB",
  load: "0.10 before the run",
};

const result: CaseResult = {
  name: "sample",
  title: "a sample",
  method: ["Counted", "twice."],
  tables: [],
  figures: [],
  skipped: [],
  notes: [],
};

describe("formatNumber", () => {
  test.for([
    { given: 1_234_567, want: "1,234,567" },
    { given: 123.4, want: "123" },
    { given: 12.34, want: "12.3" },
    { given: 1.234, want: "1.23" },
    { given: 0.1234, want: "0.123" },
    { given: 0, want: "0.000" },
    { given: Number.NaN, want: "-" },
  ])("$given is $want", ({ given, want }) => {
    expect(formatNumber(given)).toBe(want);
  });
});

test("a spread names its ends", () => {
  expect(formatCell({ median: 2, low: 1, high: 30 })).toBe("2.00 (1.00 to 30.0)");
});

describe("renderTable", () => {
  test("all lines are as wide as the widest cell of each column", () => {
    const rows = [
      { subject: "short", cells: [1] },
      { subject: "a longer subject", cells: [1_000_000] },
    ];
    expect(renderTable({ caption: "Times", columns: ["ns"], rows })).toEqual([
      "Times:",
      "",
      "|                  |        ns |",
      "| ---------------- | --------: |",
      "| short            |      1.00 |",
      "| a longer subject | 1,000,000 |",
      "",
    ]);
  });

  test("a bar in a name does not make a column", () => {
    const lines = renderTable({ caption: "", columns: [], rows: [{ subject: "a|b", cells: [] }] });
    expect(lines).toContain(String.raw`| a\|b |`);
  });
});

describe("renderMarkdown", () => {
  test("what was skipped is named with its reason", () => {
    const skipped = [{ subject: "haproxy", reason: "haproxy is not installed" }];
    const text = renderMarkdown(setUp, [{ ...result, skipped }]);
    expect(text).toContain("- skipped: haproxy: haproxy is not installed");
  });

  test.for([
    { name: "a figure that is reached holds", median: 0.9, want: "holds" },
    { name: "a figure that is not reached is missed", median: 1.1, want: "missed" },
  ])("$name", ({ median, want }) => {
    const measured = { median, low: median, high: median };
    const figures = [{ name: "CPU", unit: "x", atMost: 1, measured }];
    const text = renderMarkdown(setUp, [{ ...result, figures }]);
    expect(text.split("\n").find((line) => line.startsWith("| CPU"))).toContain(want);
  });

  test("without figures there is no table of them", () => {
    expect(renderMarkdown(setUp, [result])).not.toContain("Figures to hold");
  });

  test("a result that went through JSON with numbers it cannot hold still renders", () => {
    const nothing = { median: Number.NaN, low: Number.NaN, high: Number.NaN };
    const rows = [{ subject: "none", cells: [nothing] }];
    const json = JSON.stringify({ ...result, tables: [{ caption: "", columns: ["ns"], rows }] });
    expect(renderMarkdown(setUp, [JSON.parse(json)])).toContain("- (- to -)");
  });
});
