import { availableParallelism, cpus, loadavg, release, totalmem } from "node:os";

import type { RunLength } from "./case-result.ts";

/** The machine and the versions that a result belongs to. */
export interface SetUp {
  readonly date: string;
  readonly node: string;
  readonly v8: string;
  readonly kernel: string;
  readonly processor: string;
  readonly processors: number;
  readonly memory: string;
  /** Of the minute before: above zero, something else was running too. */
  readonly load: string;
  readonly run?: RunLength;
}

/** Describes this machine, now. */
export function describeSetUp(): SetUp {
  return {
    date: new Date().toISOString(),
    node: process.version,
    v8: process.versions.v8,
    kernel: `${process.platform} ${release()}`,
    processor: cpus()[0]?.model.trim() ?? "unknown",
    processors: availableParallelism(),
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    load: `${(loadavg()[0] ?? 0).toFixed(2)} before the run`,
  };
}
