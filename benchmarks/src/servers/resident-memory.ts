import { readFileSync } from "node:fs";

/** Mebibytes that a process has resident now. */
export function residentMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(status);
  if (found === null) throw new TypeError(`process ${pid} has no resident memory`);
  return Number(found[1]) / 1024;
}
