import { writeFileSync } from "node:fs";
import { join } from "node:path";

import type { NamedRatio } from "../report/case-result.ts";
import { processorMicroseconds } from "../servers/processor-time.ts";
import { runWrk, wrkScript } from "../servers/wrk.ts";
import { ratios, spreadOf } from "../statistics.ts";
import type { Client } from "../workload/clients.ts";
import type { GrowthContext } from "./section.ts";

/** One load on one server. */
export interface Drive {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  readonly clients: readonly Client[];
  readonly isRefused?: boolean;
  readonly connections?: number;
}

/** Of each round. */
export interface Costs {
  /** Processor time for each request. */
  readonly microseconds: number[];
  readonly perSecond: number[];
}

/** Drives everything in turn, after rounds that do not count. Throws at a wrong answer. */
export async function measureCosts(
  { directory, rounds, seconds, wrk }: GrowthContext,
  drives: readonly Drive[],
  warmUps: number = 1,
): Promise<ReadonlyMap<string, Costs>> {
  const costs = new Map<string, Costs>(
    drives.map(({ name }) => [name, { microseconds: [], perSecond: [] }]),
  );
  const scripts = drives.map(({ clients }, at) => {
    const file = join(directory, `drive${at}.lua`);
    writeFileSync(file, wrkScript(clients));
    return file;
  });
  for (let round = 0; round < warmUps + rounds; round++) {
    for (const [at, drive] of drives.entries()) {
      const before = processorMicroseconds(drive.pid);
      const run = await runWrk(wrk, scripts[at] ?? "", drive.port, seconds, drive.connections);
      const used = processorMicroseconds(drive.pid) - before;
      const { lost, refused, requests } = run;
      if (requests === 0 || lost > 0 || refused !== (drive.isRefused === true ? requests : 0)) {
        throw new TypeError(
          `${drive.name}: of ${requests} requests ${refused} refused, ${lost} lost`,
        );
      }
      if (round < warmUps) continue;
      costs.get(drive.name)?.microseconds.push(used / requests);
      costs.get(drive.name)?.perSecond.push(requests / run.seconds);
    }
  }
  return costs;
}

/** What `of` costs more than `to`, round by round. */
export function costRatio(
  costs: ReadonlyMap<string, Costs>,
  of: string,
  to: string,
  name: string = `${of} against ${to}`,
): NamedRatio {
  const [more, less] = [of, to].map((key) => costs.get(key)?.microseconds ?? []);
  return { name, measured: spreadOf(ratios(more ?? [], less ?? [])) };
}
