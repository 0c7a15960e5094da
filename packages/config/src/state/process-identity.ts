import { readFileSync } from "node:fs";

import { codeOf } from "../files/read-text.ts";

/** A process, told apart from a later one that was given the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Boot id and start time; empty where the system does not tell. */
  readonly started: string;
}

export function identityOf(pid: number): ProcessIdentity {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // proc_pid_stat(5): field 22, counted from behind the name, which may hold blanks and brackets.
    const startTime = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
    return { pid, started: `${boot}:${startTime}` };
  } catch {
    return { pid, started: "" };
  }
}

/** Whether that very process still runs. */
export function isAlive(identity: ProcessIdentity): boolean {
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    // EPERM: it runs, as another user.
    if (codeOf(error) !== "EPERM") return false;
  }
  const now = identityOf(identity.pid);
  return now.started === "" || identity.started === "" || now.started === identity.started;
}
