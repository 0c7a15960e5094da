import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { BenchCase, CaseResult, RunLength } from "../report/case-result.ts";
import { startPortcullis } from "../servers/portcullis.ts";
import { startUpstream } from "../servers/upstream.ts";
import { apiDefinitions } from "../workload/api-definitions.ts";
import { makeClients, requestText } from "../workload/clients.ts";
import { DeniedIdentifiers } from "../workload/denied-identifiers.ts";
import { attackRequests } from "./attack-mix.ts";
import { blockingLatencyResult, type Measured, type Plan } from "./blocking-latency-result.ts";
import { generateLoad } from "./generate-load.ts";
import type { Stream, StreamTimes } from "./load-plan.ts";

const CLIENTS = 1000;
const DENIED = 10_000;
const PLANS: Readonly<Record<RunLength, Plan>> = {
  short: { rates: [1000, 4000], repeats: 2, seconds: 1.5, warmUpSeconds: 0.5 },
  full: { rates: [500, 1000, 2000, 4000, 8000], repeats: 5, seconds: 10, warmUpSeconds: 1 },
};
const LAWFUL_PER_SECOND = 500;

/** Latency of refused, forwarded and lawful requests under an open-loop load. */
export const BLOCKING_LATENCY: BenchCase = { name: "blocking-latency", run: runCase };

async function runCase(say: (progress: string) => void, length: RunLength): Promise<CaseResult> {
  const plan = PLANS[length];
  const directory = mkdtempSync(join(tmpdir(), "portcullis-blocking-latency-"));
  const running: { stop(): Promise<void> }[] = [];
  try {
    const upstream = await startUpstream(directory);
    running.push(upstream.child);
    const denied = new DeniedIdentifiers(DENIED);
    const apis = apiDefinitions({ host: "127.0.0.1", port: upstream.port }, 0);
    const name = "portcullis";
    const proxy = await startPortcullis({ directory, name, apis, denied, edges: 1 });
    running.push(proxy.child);
    const runs = runsOf(plan, proxy.port, upstream.port, denied);
    return blockingLatencyResult(plan, await measure(runs, plan, say));
  } finally {
    await Promise.all(running.map((child) => child.stop()));
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Streams that run at the same time. */
type Run = readonly Stream[];

function runsOf(
  plan: Plan,
  proxyPort: number,
  upstreamPort: number,
  denied: DeniedIdentifiers,
): Run[] {
  const lawful = makeClients(CLIENTS, "user", 47).map((client) => requestText(client));
  const refused = denied.clientsWithToken(CLIENTS).map((client) => requestText(client));
  const attack = attackRequests(denied);
  const through = { port: proxyPort, requests: lawful, isRefused: false };
  const top = Math.max(...plan.rates);
  const alone = { ...through, name: "lawful, alone", perSecond: LAWFUL_PER_SECOND };
  return [
    ...plan.rates.map((perSecond) => [
      { name: "refused", port: proxyPort, requests: refused, isRefused: true, perSecond },
    ]),
    ...plan.rates.map((perSecond) => [
      { ...through, name: "forwarded", perSecond },
      { ...through, name: "direct to the upstream", port: upstreamPort, perSecond },
    ]),
    [alone],
    [
      { ...alone, name: "lawful, during an attack" },
      { name: "the attack", port: proxyPort, requests: attack, isRefused: true, perSecond: top },
    ],
  ];
}

/** All runs in turn, again and again, so that a bad moment of the machine does not hit one alone. */
async function measure(
  runs: readonly Run[],
  plan: Plan,
  say: (progress: string) => void,
): Promise<readonly Measured[]> {
  const measured = new Map<string, { latencies: number[][]; lateness: number[][] }>();
  for (let repeat = 1; repeat <= plan.repeats; repeat++) {
    say(`${runs.length} runs of ${plan.seconds} s, ${repeat} of ${plan.repeats}`);
    for (const streams of runs) {
      const times = await generateLoad({ ...plan, streams });
      streams.forEach((stream, at) => add(measured, stream, times[at]));
    }
  }
  return [...measured].map(([key, { lateness, latencies }]) => {
    const [name = "", perSecond = ""] = key.split("@");
    return {
      name,
      perSecond: Number(perSecond),
      latencies: latencies.flat(),
      lateness: lateness.flat(),
    };
  });
}

function add(
  measured: Map<string, { latencies: number[][]; lateness: number[][] }>,
  { name, perSecond }: Stream,
  times: StreamTimes | undefined,
): void {
  if (times === undefined) throw new TypeError("the load generator left a stream out");
  if (times.failed > 0) throw new TypeError(`${name}: ${times.failed} wrong answers`);
  const key = `${name}@${perSecond}`;
  const entry = measured.get(key) ?? { latencies: [], lateness: [] };
  entry.latencies.push([...times.latencies]);
  entry.lateness.push([...times.lateness]);
  measured.set(key, entry);
}
