import {
  type CaseResult,
  type Figure,
  type ResultTable,
  type Skipped,
} from "../report/case-result.ts";
import { ratios, spreadOf } from "../statistics.ts";
import { type RequestTimes, ROUNDS, SECONDS, timesKey } from "./measure-rounds.ts";
import { type RunningSubject } from "./subject.ts";

const REFERENCE = "portcullis";
const PEER = "haproxy";
/** Portcullis' time divided by HAProxy's. */
const LIMITS: ReadonlyMap<string, number> = new Map([
  ["forwarded", 1],
  ["refused", 0.9],
]);

/** Puts what was measured into tables and figures. */
export function requestCostResult(
  subjects: readonly RunningSubject[],
  times: RequestTimes,
  upstream: string,
  skipped: readonly Skipped[],
): CaseResult {
  return {
    name: "request-cost",
    title: "processor time of a request, 64 APIs, five identifiers, 10,000 denied of each",
    method: [
      `${ROUNDS} interleaved rounds of ${SECONDS} s for each subject and load, after a warm-up; wrk on one thread`,
      "with 64 connections, 1,000 clients each with a JWT, cookie, API key and forwarded address.",
      "User and system time of the whole process by the kernel's account, divided by its requests;",
      "median (first to last decile). The ratio is taken round by round.",
      "Every subject has answered the same table of requests before, and every answer is counted.",
    ],
    tables:
      subjects.length === 0 ? [] : [...LIMITS.keys()].map((load) => table(load, subjects, times)),
    figures: [...LIMITS].flatMap(([load, atMost]) => figure(load, atMost, times)),
    skipped,
    notes: [
      ...(upstream === "" ? [] : [`upstream: ${upstream}`]),
      ...subjects.map(({ description, name }) => `${name}: ${description}`),
    ],
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
    rows: subjects.map(({ name }) => {
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

function figure(load: string, atMost: number, times: RequestTimes): Figure[] {
  const own = times.get(timesKey(REFERENCE, load));
  const peer = times.get(timesKey(PEER, load));
  if (own === undefined || peer === undefined) return [];
  const measured = spreadOf(ratios(own.microseconds, peer.microseconds));
  return [{ name: `CPU of a ${load} request against HAProxy`, unit: "x", atMost, measured }];
}
