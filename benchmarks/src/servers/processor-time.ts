import { readFileSync } from "node:fs";

/** Fields 14 and 15, counted from 1, are user and system time; these are their places behind the name. */
const USER = 11;
const SYSTEM = 12;
/** The kernel reports in hundredths of a second to every program, whatever it counts in. */
const TICKS_PER_SECOND = 100;

/** Microseconds of processor time that a process has used with all its threads, those that ended too. */
export function processorMicroseconds(pid: number): number {
  return parseProcessorTime(readFileSync(`/proc/${pid}/stat`, "latin1"));
}

/** The processor time in the text of a `/proc/PID/stat`, in microseconds. */
export function parseProcessorTime(stat: string): number {
  // The name stands in parentheses and may hold blanks and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[USER]) + Number(fields[SYSTEM]);
  return (ticks / TICKS_PER_SECOND) * 1e6;
}
