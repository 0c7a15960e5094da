import { holds } from "../statistics.ts";
import type { CaseResult, Figure, ResultTable } from "./case-result.ts";
import { formatCell, formatNumber } from "./format-cell.ts";
import type { SetUp } from "./set-up.ts";

/** The whole run as one Markdown document. */
export function renderMarkdown(setUp: SetUp, results: readonly CaseResult[]): string {
  const figures = results.flatMap((result) => result.figures);
  return [
    "# Benchmark results",
    ...Object.entries(setUp).map(([name, value]) => `- ${name}: ${String(value)}`),
    "",
    ...results.flatMap(renderCase),
    ...(figures.length === 0 ? [] : renderFigures(figures)),
  ].join("\n");
}

function renderCase(result: CaseResult): string[] {
  return [
    `## ${result.name}: ${result.title}`,
    "",
    result.method.join(" "),
    "",
    ...result.tables.flatMap(renderTable),
    ...(result.plots ?? []).flatMap(({ name, title }) => [`![${title}](${name}.svg)`, ""]),
    ...result.skipped.map(({ subject, reason }) => `- skipped: ${subject}: ${reason}`),
    ...result.notes.map((note) => `- ${note}`),
    "",
  ];
}

/** A table whose columns are as wide as their widest cell, so that it reads in a terminal too. */
export function renderTable(table: ResultTable): string[] {
  const rows = [
    ["", ...table.columns],
    ...table.rows.map(({ subject, cells }) => [subject, ...cells.map(formatCell)]),
  ];
  return [`${table.caption}:`, "", ...renderRows(rows), ""];
}

function renderFigures(figures: readonly Figure[]): string[] {
  const rows = figures.map(({ atMost, measured, name, unit }) => [
    name,
    `<= ${formatNumber(atMost)} ${unit}`,
    formatCell(measured),
    holds(measured, atMost) ? "holds" : "missed",
  ]);
  return [
    "## Figures to hold",
    "",
    ...renderRows([["figure", "to reach", "measured", ""], ...rows]),
    "",
  ];
}

/** The first row is the head. The first column is aligned left, the others right. */
function renderRows(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(3, ...rows.map((row) => escaped(row[column]).length)),
  );
  const line = (row: readonly string[]): string => {
    const cells = widths.map((width, column) => {
      const text = escaped(row[column]);
      return column === 0 ? text.padEnd(width) : text.padStart(width);
    });
    return `| ${cells.join(" | ")} |`;
  };
  const rule = widths.map((width, column) =>
    column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`,
  );
  const [head = [], ...body] = rows;
  return [line(head), `| ${rule.join(" | ")} |`, ...body.map(line)];
}

function escaped(text: string | undefined): string {
  return (text ?? "").replaceAll("|", String.raw`\|`);
}
