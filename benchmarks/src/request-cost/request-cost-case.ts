import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { BenchCase, CaseResult, RunLength, Skipped } from "../report/case-result.ts";
import { pause } from "../servers/child.ts";
import { findProgram } from "../servers/find-program.ts";
import { startUpstream, type Upstream } from "../servers/upstream.ts";
import { wrkScript } from "../servers/wrk.ts";
import { makeClients } from "../workload/clients.ts";
import { DeniedIdentifiers } from "../workload/denied-identifiers.ts";
import { haproxies } from "./haproxy.ts";
import { type Load, measureRounds, type RoundPlan } from "./measure-rounds.ts";
import { NGINX_LUA } from "./nginx-lua.ts";
import { NGINX_MODSECURITY } from "./nginx-modsecurity.ts";
import { nodePeers } from "./node-peers.ts";
import { startOwnSubject } from "./own-subject.ts";
import { makeProbes, wrongAnswersOf } from "./probes.ts";
import { requestCostResult } from "./request-cost-result.ts";
import type { RunningSubject, SubjectOptions } from "./subject.ts";

const CLIENTS = 1000;
const DENIED = 10_000;
const PLANS: Readonly<Record<RunLength, RoundPlan>> = {
  short: { rounds: 4, roundsForScale: 2, seconds: 1, warmUpSeconds: 1 },
  full: { rounds: 9, roundsForScale: 9, seconds: 4, warmUpSeconds: 2 },
};
/** Portcullis writes its log within 50 ms. */
const LOG_WAIT_MS = 300;

/** Processor time of a forwarded and of a refused request, of whole proxies. */
export const REQUEST_COST: BenchCase = { name: "request-cost", run: runCase };

async function runCase(say: (progress: string) => void, length: RunLength): Promise<CaseResult> {
  const plan = PLANS[length];
  const wrk = findProgram("wrk");
  if (wrk === undefined) {
    return requestCostResult([], new Map(), plan, [
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
    const tested = await test([...started.subjects, upstreamAlone(upstream)], denied);
    const skipped = [...started.skipped, ...tested.skipped];
    for (const { reason, subject } of skipped) say(`${subject} is skipped: ${reason}`);
    say(`${plan.rounds} rounds of ${tested.right.length} subjects`);
    const loads = writeLoads(directory, denied);
    const times = await measureRounds(wrk, tested.right, loads, plan, say);
    return requestCostResult(tested.right, times, plan, skipped);
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
  const subjects = [await startOwnSubject(options)];
  const skipped: Skipped[] = [];
  for (const source of [...haproxies(), NGINX_LUA, NGINX_MODSECURITY, ...nodePeers()]) {
    const subject = source.name;
    if (source.missing !== undefined) {
      skipped.push({ subject, reason: source.missing });
      continue;
    }
    try {
      subjects.push(await source.start(options));
    } catch (error) {
      skipped.push({
        subject,
        reason: error instanceof Error ? error.message : "it did not start",
      });
    }
  }
  return { subjects, skipped };
}

/** What no proxy can do without: the server behind all of them, asked directly. */
function upstreamAlone({ child, description, port }: Upstream): RunningSubject {
  const name = "limit: the upstream alone";
  return { name, description, policy: "none", port, child, log: undefined };
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
    const wrong = await wrongAnswersOf(subject, probes);
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
