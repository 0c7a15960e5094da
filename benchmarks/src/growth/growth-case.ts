import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { BenchCase, CaseResult, RunLength } from "../report/case-result.ts";
import { findProgram } from "../servers/find-program.ts";
import { startUpstream } from "../servers/upstream.ts";
import { growthOfApis } from "./api-growth.ts";
import { growthOfEdges } from "./edge-growth.ts";
import { growthOfEntries } from "./entry-growth.ts";
import { memoryAfterRequests } from "./memory.ts";
import { reloadUnderLoad } from "./reload.ts";
import { type GrowthContext, joinSections, type Section } from "./section.ts";
import { growthOfTraffic } from "./traffic-growth.ts";

const ROUNDS: Readonly<Record<RunLength, { readonly rounds: number; readonly seconds: number }>> = {
  short: { rounds: 1, seconds: 1 },
  full: { rounds: 7, seconds: 3 },
};
const SECTIONS: readonly ((context: GrowthContext) => Promise<Section>)[] = [
  growthOfApis,
  growthOfEntries,
  growthOfEdges,
  growthOfTraffic,
  memoryAfterRequests,
  reloadUnderLoad,
];

/** Cost, memory and times of the proxy against the size of everything that may grow. */
export const GROWTH: BenchCase = { name: "growth", run: runCase };

async function runCase(say: (progress: string) => void, length: RunLength): Promise<CaseResult> {
  const { rounds, seconds } = ROUNDS[length];
  const wrk = findProgram("wrk");
  if (wrk === undefined) {
    const reason = "wrk, the load generator, is not installed";
    return resultOf([], rounds, seconds, [{ subject: "everything", reason }]);
  }
  const directory = mkdtempSync(join(tmpdir(), "portcullis-growth-"));
  const upstream = await startUpstream(directory);
  try {
    const sections: Section[] = [];
    for (const section of SECTIONS) {
      sections.push(
        await section({
          wrk,
          directory,
          upstream: { host: "127.0.0.1", port: upstream.port },
          say,
          isFull: length === "full",
          rounds,
          seconds,
        }),
      );
    }
    return resultOf(sections, rounds, seconds, []);
  } finally {
    await upstream.child.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

function resultOf(
  sections: readonly Section[],
  rounds: number,
  seconds: number,
  skipped: CaseResult["skipped"],
): CaseResult {
  return {
    name: GROWTH.name,
    title: "what grows with the number of APIs, entries, edges, connections and bytes",
    method: [
      `Processor time as in request-cost, ${rounds} interleaved rounds of ${seconds} s after one that does not count; wrk with`,
      "64 connections and 1,000 lawful clients, but for what the table varies. Resident memory is VmRSS",
      "after the load. The start is from the process to the readiness of all edges, seen every 10 ms; a",
      "change of an API is acknowledged when every edge has it.",
    ],
    ...joinSections(sections),
    skipped,
    notes: [],
  };
}
