import type { BenchCase } from "./report/case-result.ts";

/** The cases in the order in which they run. Each is loaded only in the process that runs it. */
export const CASES: ReadonlyMap<string, () => Promise<BenchCase>> = new Map([
  ["url-match", async () => (await import("./url-match/url-match-case.ts")).URL_MATCH],
  ["lists", async () => (await import("./lists/lists-case.ts")).LISTS],
  ["jwt", async () => (await import("./jwt/jwt-case.ts")).JWT],
  ["decide", async () => (await import("./decide/decide-case.ts")).DECIDE],
  ["request-cost", async () => (await import("./request-cost/request-cost-case.ts")).REQUEST_COST],
  ["growth", async () => (await import("./growth/growth-case.ts")).GROWTH],
  [
    "blocking-latency",
    async () => (await import("./blocking-latency/blocking-latency-case.ts")).BLOCKING_LATENCY,
  ],
  [
    "time-to-block",
    async () => (await import("./time-to-block/time-to-block-case.ts")).TIME_TO_BLOCK,
  ],
]);
