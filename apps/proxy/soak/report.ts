import type { KindResult } from "./ledger.ts";
import type { SoakResult } from "./soak.ts";

/** The result as text for people. */
export function renderReport(result: SoakResult): string {
  const { account, memory, metrics, outages, problems, seconds, sockets } = result;
  const rows = [...account.kinds, ["all", account.total] as const];
  const width = Math.max(...rows.map(([kind]) => kind.length));
  const lines = [
    `${"".padEnd(width)}      sent  answered    logged  upstream  unlogged`,
    ...rows.map(([kind, row]) => `${kind.padEnd(width)}${cells(row)}`),
    "",
    `requests in the metrics  ${metrics.requests}, lines in the access log ${metrics.logged}`,
    `edges ended on purpose   ${outages}`,
    `sockets of the proxy     ${sockets.before} before, ${sockets.after} after; of the upstream ${sockets.upstream}`,
    `memory of its own, MiB   ${mib(memory.first)} at first, ${mib(memory.plateau)} at 40 to 60 % of the time, ` +
      `${mib(memory.end)} in the last fifth, ${mib(memory.peak)} at most`,
    "",
    ...problems.map((problem) => `WRONG: ${problem}`),
    `${problems.length === 0 ? "PASSED" : "FAILED"}: ${account.total.sent} requests in ${seconds} s`,
    "",
  ];
  return lines.join("\n");
}

function cells({ answered, forwarded, logged, sent, unlogged }: KindResult): string {
  return [sent, answered, logged, forwarded, unlogged]
    .map((count) => String(count).padStart(10))
    .join("");
}

function mib(bytes: number): string {
  return String(Math.round(bytes / 1024 / 1024));
}
