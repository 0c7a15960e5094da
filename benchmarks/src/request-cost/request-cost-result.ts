import type { CaseResult, Figure, ResultTable, Skipped } from "../report/case-result.ts";
import type { Plot } from "../report/plot.ts";
import { ratios, spreadOf } from "../statistics.ts";
import { type RequestTimes, type RoundPlan, timesKey } from "./measure-rounds.ts";
import type { RunningSubject } from "./subject.ts";

const REFERENCE = "portcullis";
const LOADS = ["forwarded", "refused"];
/** Portcullis' time divided by theirs. */
const LIMITS: readonly Limit[] = [
  { load: "forwarded", peer: "haproxy", title: "HAProxy", atMost: 1 },
  { load: "refused", peer: "haproxy", title: "HAProxy", atMost: 0.9 },
  { load: "forwarded", peer: "nginx-lua", title: "nginx and Lua", atMost: 0.5 },
  { load: "refused", peer: "nginx-lua", title: "nginx and Lua", atMost: 0.5 },
];

interface Limit {
  readonly load: string;
  readonly peer: string;
  readonly title: string;
  readonly atMost: number;
}

/** Puts what was measured into tables, figures and plots. */
export function requestCostResult(
  subjects: readonly RunningSubject[],
  times: RequestTimes,
  plan: RoundPlan,
  skipped: readonly Skipped[],
): CaseResult {
  const loads = subjects.length === 0 ? [] : LOADS;
  return {
    name: "request-cost",
    title: "processor time of a request, 64 APIs, five identifiers, 10,000 denied of each",
    method: [
      `${plan.rounds} interleaved rounds of ${plan.seconds} s for each subject and load, after a warm-up`,
      `(${plan.roundsForScale} for subjects without the policy); wrk on one thread`,
      "with 64 connections, 1,000 clients each with a JWT, cookie, API key and forwarded address.",
      "User and system time of the whole process by the kernel's account, divided by its requests;",
      "median (first to last decile). The ratio is taken round by round.",
      "Every subject has answered its part of one table of requests before, and every answer is counted.",
    ],
    tables: loads.map((load) => table(load, subjects, times)),
    figures: LIMITS.flatMap((limit) => figure(limit, times)),
    plots: loads.map((load) => plot(load, subjects, times)),
    skipped,
    notes: subjects.map(({ description, name }) => `${name}: ${description}`),
  };
}

function table(
  load: string,
  subjects: readonly RunningSubject[],
  times: RequestTimes,
): ResultTable {
  const own = times.get(timesKey(REFERENCE, load))?.microseconds ?? [];
  return {
    caption: `Requests that are ${load}`,
    columns: ["us of processor", "portcullis / it", "requests/s"],
    rows: measuredWith(load, subjects, times).map(({ name }) => {
      const measured = times.get(timesKey(name, load));
      const microseconds = measured?.microseconds ?? [];
      return {
        subject: name,
        cells: [
          spreadOf(microseconds),
          name === REFERENCE ? "" : spreadOf(ratios(own, microseconds)),
          spreadOf(measured?.perSecond ?? []),
        ],
      };
    }),
  };
}

function plot(load: string, subjects: readonly RunningSubject[], times: RequestTimes): Plot {
  return {
    kind: "bars",
    name: `request-cost-${load}`,
    title: `Processor time of a request that is ${load}`,
    unit: "us",
    bars: measuredWith(load, subjects, times)
      // A thousand microseconds would leave nothing to see of the others.
      .filter(({ policy }) => policy !== "crs")
      .map(({ name }) => ({
        name,
        value: spreadOf(times.get(timesKey(name, load))?.microseconds ?? []),
      })),
  };
}

function measuredWith(
  load: string,
  subjects: readonly RunningSubject[],
  times: RequestTimes,
): readonly RunningSubject[] {
  return subjects.filter(({ name }) => times.has(timesKey(name, load)));
}

function figure({ atMost, load, peer, title }: Limit, times: RequestTimes): Figure[] {
  const own = times.get(timesKey(REFERENCE, load));
  const theirs = times.get(timesKey(peer, load));
  if (own === undefined || theirs === undefined) return [];
  const measured = spreadOf(ratios(own.microseconds, theirs.microseconds));
  return [{ name: `CPU of a ${load} request against ${title}`, unit: "x", atMost, measured }];
}
