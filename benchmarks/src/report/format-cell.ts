import type { Cell } from "./case-result.ts";

/** Three significant digits, never in exponents: `0.123`, `12.3`, `1,234`. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return "-";
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString("en-US");
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  return size >= 1 ? value.toFixed(2) : value.toFixed(3);
}

/** A cell as text; a spread as `median (low to high)`. */
export function formatCell(cell: Cell): string {
  if (typeof cell === "string") return cell;
  if (typeof cell === "number") return formatNumber(cell);
  return `${formatNumber(cell.median)} (${formatNumber(cell.low)} to ${formatNumber(cell.high)})`;
}
