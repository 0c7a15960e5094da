import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { FIRST } from "../test/support/certificates.ts";
import { definition, pattern } from "../test/support/definition.ts";
import { parseMetrics } from "../test/support/metrics.ts";
import { ProxyProcess } from "../test/support/proxy-process.ts";
import { ask } from "../test/support/request.ts";
import { waitFor } from "../test/support/wait-for.ts";
import { crashEdge, FAULTS, renewCertificate } from "./faults.ts";
import { HttpClient } from "./http-client.ts";
import { type Account, Ledger, type LogLine, settle } from "./ledger.ts";
import { judgeMemory, type MemoryVerdict, ownBytes } from "./memory.ts";
import { OFFENCES } from "./offences.ts";
import { keepUp, type SoakRun } from "./soak-run.ts";
import { SoakUpstream } from "./soak-upstream.ts";
import { TRAFFIC } from "./traffic.ts";

const CRASH_EDGE = fileURLToPath(new URL("../test/support/crash-edge.mjs", import.meta.url));
const SAMPLE_MS = 1000;
/** Kept connections of either side have ended by then. */
const SETTLE_MS = 30_000;
/** Parts of the time at which something happens once; edges are ended before the memory is compared. */
const CRASHES = [0.1, 0.3];
const RENEWALS = [0.15, 0.35, 0.6];
const UNUSED_PORT = 1;
const MOST_PROBLEMS = 40;

/** What a soak has found. */
export interface SoakResult {
  readonly seconds: number;
  readonly account: Account;
  readonly memory: MemoryVerdict;
  readonly sockets: { readonly before: number; readonly after: number; readonly upstream: number };
  readonly metrics: { readonly requests: number; readonly logged: number };
  readonly outages: number;
  /** Why it has failed; empty: it has passed. */
  readonly problems: readonly string[];
}

/** Runs the proxy under mixed traffic and faults for `seconds`, and closes the books. */
export async function soak(seconds: number): Promise<SoakResult> {
  const upstream = await SoakUpstream.start();
  const proxy = await startProxy(upstream.port);
  const socketsBefore = countSockets(proxy);
  const run: SoakRun = {
    proxy,
    client: new HttpClient({ http: proxy.port, https: proxy.httpsPort }),
    ledger: new Ledger(),
    outages: [],
    upstreamPort: upstream.port,
    troubles: [],
    lengthMs: seconds * 1000,
    isOver: false,
  };
  const loads = [...TRAFFIC, ...OFFENCES, ...FAULTS].map((load) => keepUp(run, load));
  let samples: number[];
  try {
    samples = await spendTheTime(run);
  } finally {
    run.isOver = true;
    await Promise.all(loads);
    run.client.close();
  }
  const sockets = await socketsAfter(run, upstream, socketsBefore);
  const metrics = await readMetrics(proxy);
  const { code } = await proxy.stop();
  const log = readLog(proxy);
  const account = settle(run.ledger, log, upstream.read, run.outages);
  const memory = judgeMemory(samples);
  const requests = sumOf(metrics, "portcullis_requests_total");
  const problems = [
    ...account.problems,
    ...run.troubles,
    ...(memory.isSteady ? [] : ["memory grows past its plateau"]),
    ...(sockets.after > sockets.before ? ["sockets are left over in the proxy"] : []),
    ...(sockets.upstream > 0 ? ["connections to the upstream are left over"] : []),
    ...(code === 0 ? [] : [`the proxy ended with ${code}`]),
    ...metricProblems(requests, log.length, account, metrics, run.outages.length),
  ];
  return {
    seconds,
    account,
    memory,
    sockets,
    metrics: { requests, logged: log.length },
    outages: run.outages.length,
    problems: problems.slice(0, MOST_PROBLEMS),
  };
}

function startProxy(upstreamPort: number): Promise<ProxyProcess> {
  const tokens = { oauth2_access_token: true };
  return ProxyProcess.start({
    apis: {
      shop: definition("/shop", upstreamPort, {
        ...tokens,
        ...pattern({ methods_allowed: ["GET", "POST"] }),
      }),
      chat: definition("/chat", upstreamPort, { protocol: "ws" }),
      gone: definition("/gone", UNUSED_PORT),
      trap: definition("/trap", undefined, { decoy_config: { decoy_enabled: true } }),
    },
    // Lists that are soon full: what they grow by is no leak.
    yaml: `timeouts: { upstream_first_byte: 2s, upstream_idle: 4s, request_body: 3s }
lists: { capacity: 1000, automatic_limit: 200 }
`,
    https: "{ host: 127.0.0.1, port: 0, certificates: [{ cert: site.pem, key: site.key }] }",
    files: { "site.pem": FIRST.cert, "site.key": FIRST.key },
    nodeArguments: ["--import", CRASH_EDGE],
  });
}

/** Samples the memory, and lets happen what happens once in a while. */
async function spendTheTime(run: SoakRun): Promise<number[]> {
  const samples: number[] = [];
  const startedAt = performance.now();
  const renewals = [...RENEWALS];
  const crashes = [...CRASHES];
  while (performance.now() - startedAt < run.lengthMs && !run.proxy.isOver) {
    samples.push(ownBytes(run.proxy.child.pid ?? 0));
    const part = (performance.now() - startedAt) / run.lengthMs;
    if (part > (renewals[0] ?? 2)) renewCertificate(run, RENEWALS.length - renewals.length);
    if (part > (renewals[0] ?? 2)) renewals.shift();
    if (part > (crashes[0] ?? 2)) {
      crashes.shift();
      await crashEdge(run);
    }
    await pause(SAMPLE_MS);
  }
  if (run.proxy.isOver) {
    const { code, signal } = await run.proxy.exited;
    throw new Error(`the proxy ended with ${code ?? signal}: ${run.proxy.stderr.slice(-4000)}`);
  }
  return samples;
}

function countSockets({ child, isOver }: ProxyProcess): number {
  if (isOver) return 0;
  const folder = `/proc/${child.pid}/fd`;
  return readdirSync(folder).filter((name) => {
    try {
      return readlinkSync(join(folder, name)).startsWith("socket:");
    } catch {
      return false;
    }
  }).length;
}

async function socketsAfter(
  run: SoakRun,
  upstream: SoakUpstream,
  before: number,
): Promise<SoakResult["sockets"]> {
  try {
    await waitFor(
      "sockets to be closed",
      () => countSockets(run.proxy) <= before && upstream.sockets.size === 0,
      SETTLE_MS,
    );
  } catch (error) {
    run.troubles.push(String(error));
  }
  return { before, after: countSockets(run.proxy), upstream: upstream.sockets.size };
}

async function readMetrics(proxy: ProxyProcess): Promise<ReadonlyMap<string, number>> {
  return parseMetrics((await ask(proxy.managementPort, { path: "/metrics" })).text);
}

function sumOf(metrics: ReadonlyMap<string, number>, name: string): number {
  let sum = 0;
  for (const [key, value] of metrics) if (key.startsWith(`${name}{`)) sum += value;
  return sum;
}

/** Counters outlive an edge that is ended, its last lines of the log do not. */
function metricProblems(
  requests: number,
  logged: number,
  { total }: Account,
  metrics: ReadonlyMap<string, number>,
  outages: number,
): string[] {
  const problems: string[] = [];
  const mayBeMissing = outages === 0 ? 0 : total.unlogged;
  if (requests < logged || requests > logged + mayBeMissing) {
    problems.push(`${requests} requests in the metrics, ${logged} in the log`);
  }
  for (const name of [
    "portcullis_websockets_open",
    "portcullis_offences_lost_total",
    "portcullis_access_log_lines_lost",
  ]) {
    if (metrics.get(name) !== 0) problems.push(`${name} is ${metrics.get(name)}`);
  }
  return problems;
}

function readLog(proxy: ProxyProcess): LogLine[] {
  const text = readFileSync(join(proxy.state, "logs", "access.log"), "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line): LogLine => {
      const { path, status }: LogLine = JSON.parse(line);
      return { path, status };
    });
}
