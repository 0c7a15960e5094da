import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type BenchCase, type CaseResult, type Skipped } from "../report/case-result.ts";
import { makeClients } from "../workload/clients.ts";
import { DeniedIdentifiers } from "../workload/denied-identifiers.ts";
import { pause } from "./child.ts";
import { findProgram } from "./find-program.ts";
import { type HaproxyChores, startHaproxy } from "./haproxy.ts";
import { type Load, measureRounds, ROUNDS } from "./measure-rounds.ts";
import { startPortcullis } from "./portcullis.ts";
import { makeProbes, wrongAnswersOf } from "./probes.ts";
import { requestCostResult } from "./request-cost-result.ts";
import { type RunningSubject, type SubjectOptions } from "./subject.ts";
import { startUpstream } from "./upstream.ts";
import { wrkScript } from "./wrk.ts";

const CLIENTS = 1000;
const DENIED = 10_000;
const HAPROXY_CHORES: readonly HaproxyChores[] = [
  { name: "haproxy", description: "the same policy, a request id, a log to a file", logs: true },
  { name: "haproxy-bare", description: "the same policy, no log, no request id", logs: false },
];
/** Portcullis writes its log within 50 ms. */
const LOG_WAIT_MS = 300;

/** Processor time of a forwarded and of a refused request, of whole proxies. */
export const REQUEST_COST: BenchCase = { name: "request-cost", run: runCase };

async function runCase(say: (progress: string) => void): Promise<CaseResult> {
  const wrk = findProgram("wrk");
  if (wrk === undefined) {
    return requestCostResult([], new Map(), "", [
      { subject: "every subject", reason: "wrk, the load generator, is not installed" },
    ]);
  }
  const directory = mkdtempSync(join(tmpdir(), "portcullis-request-cost-"));
  const running: { child: { stop(): Promise<void> } }[] = [];
  try {
    const upstream = await startUpstream(directory);
    running.push(upstream);
    const denied = new DeniedIdentifiers(DENIED);
    const started = await startSubjects({ directory, upstreamPort: upstream.port, denied });
    running.push(...started.subjects);
    say("testing the answers");
    const tested = await test(started.subjects, denied);
    const skipped = [...started.skipped, ...tested.skipped];
    for (const { reason, subject } of skipped) say(`${subject} is skipped: ${reason}`);
    say(`${ROUNDS} rounds of ${tested.right.length} subjects and two loads`);
    const times = await measureRounds(wrk, tested.right, writeLoads(directory, denied), say);
    return requestCostResult(tested.right, times, upstream.description, skipped);
  } finally {
    await Promise.all(running.map(({ child }) => child.stop()));
    rmSync(directory, { recursive: true, force: true });
  }
}

interface Started {
  readonly subjects: readonly RunningSubject[];
  readonly skipped: readonly Skipped[];
}

async function startSubjects(options: SubjectOptions): Promise<Started> {
  const subjects = [await startPortcullis(options)];
  const skipped: Skipped[] = [];
  const program = findProgram("haproxy");
  for (const chores of HAPROXY_CHORES) {
    if (program === undefined) {
      skipped.push({ subject: chores.name, reason: "haproxy is not installed" });
      continue;
    }
    try {
      subjects.push(await startHaproxy(program, chores, options));
    } catch (error) {
      const reason = error instanceof Error ? error.message : "it did not start";
      skipped.push({ subject: chores.name, reason });
    }
  }
  return { subjects, skipped };
}

/** Who answers something else than the table says is not measured, nor who should log and does not. */
async function test(
  subjects: readonly RunningSubject[],
  denied: DeniedIdentifiers,
): Promise<{ right: RunningSubject[]; skipped: Skipped[] }> {
  const right: RunningSubject[] = [];
  const skipped: Skipped[] = [];
  const probes = makeProbes(denied);
  for (const subject of subjects) {
    const wrong = await wrongAnswersOf(subject.port, probes);
    await pause(LOG_WAIT_MS);
    if (subject.log !== undefined && statSync(subject.log).size === 0) wrong.push("an empty log");
    if (wrong.length === 0) right.push(subject);
    else skipped.push({ subject: subject.name, reason: `wrong answers: ${wrong.join("; ")}` });
  }
  return { right, skipped };
}

function writeLoads(directory: string, denied: DeniedIdentifiers): Load[] {
  const write = (name: string, script: string): string => {
    const file = join(directory, `${name}.lua`);
    writeFileSync(file, script);
    return file;
  };
  const lawful = makeClients(CLIENTS, "user", 47);
  return [
    { name: "forwarded", isRefused: false, script: write("forwarded", wrkScript(lawful)) },
    {
      name: "refused",
      isRefused: true,
      script: write("refused", wrkScript(denied.clientsWithToken(CLIENTS))),
    },
  ];
}
