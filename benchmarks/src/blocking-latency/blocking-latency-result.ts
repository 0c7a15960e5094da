import { PERCENTILE_COLUMNS, percentileCells } from "../latency/percentiles.ts";
import type { CaseResult } from "../report/case-result.ts";
import type { Plot, Series } from "../report/plot.ts";
import { quantile } from "../statistics.ts";

/** How long and how fast. */
export interface Plan {
  /** Requests a second. */
  readonly rates: readonly number[];
  readonly repeats: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
}

/** One stream at one rate, over all repeats; milliseconds. */
export interface Measured {
  readonly name: string;
  readonly perSecond: number;
  readonly latencies: readonly number[];
  readonly lateness: readonly number[];
}

/** Where the curves have their points: one in two requests is slower, one in ten, and so on. */
const ONE_IN = [2, 4, 10, 20, 100, 200, 1000, 2000, 10_000];

/** Puts what was measured into tables and plots. */
export function blockingLatencyResult(plan: Plan, measured: readonly Measured[]): CaseResult {
  const rows = (of: "latencies" | "lateness"): CaseResult["tables"][number]["rows"] =>
    measured.map((one) => ({
      subject: `${one.name}, ${one.perSecond.toLocaleString("en-US")}/s`,
      cells: [one[of].length, ...percentileCells(one[of])],
    }));
  return {
    name: "blocking-latency",
    title: "latency under an open-loop load, one edge thread, 64 APIs, 10,000 denied of each kind",
    method: [
      `${plan.repeats} runs of ${plan.seconds} s each, all streams in turn; 64 kept-alive connections a stream.`,
      "Requests are due at fixed times, whether earlier ones have been answered or not, and their",
      "latency counts from the moment at which they were due: what waits because the server is slow",
      "is slow. «Forwarded» and «direct» run at the same time, interleaved; so do the lawful requests",
      "and the attack. Every answer is checked; one that is wrong or missing fails the case.",
      "The generator polls and uses one processor up. Its own lateness is part of every latency and",
      "shown below: a percentile is the proxy's only where it is well above the generator's.",
    ],
    tables: [
      {
        caption: "Latency from the moment at which a request was due, ms",
        columns: ["requests", ...PERCENTILE_COLUMNS],
        rows: rows("latencies"),
      },
      {
        caption: "Of that the generator's own lateness, ms",
        columns: ["requests", ...PERCENTILE_COLUMNS],
        rows: rows("lateness"),
      },
    ],
    figures: [],
    ratios: ratiosOf(measured),
    plots: [plotOf(measured, Math.max(...plan.rates))],
    skipped: [],
    notes: [],
  };
}

/** At each rate, what the proxy adds to the way to the upstream: medians, since tails are the machine's. */
function ratiosOf(measured: readonly Measured[]): NonNullable<CaseResult["ratios"]> {
  const median = (name: string, perSecond: number): number =>
    quantile(
      measured.find((one) => one.name === name && one.perSecond === perSecond)?.latencies ?? [],
      0.5,
    );
  return measured
    .filter(({ name }) => name === "forwarded")
    .map(({ perSecond }) => {
      const ratio = median("forwarded", perSecond) / median("direct to the upstream", perSecond);
      return {
        name: `p50 forwarded against direct, ${perSecond}/s`,
        measured: { median: ratio, low: ratio, high: ratio },
      };
    });
}

function plotOf(measured: readonly Measured[], top: number): Plot {
  const shown = measured.filter(
    ({ name, perSecond }) => perSecond === top || name.startsWith("lawful"),
  );
  return {
    kind: "lines",
    name: "blocking-latency",
    title: `Latency at ${top.toLocaleString("en-US")} requests/s (lawful: fewer)`,
    x: { label: "one request in … is slower", scale: "log" },
    y: { label: "ms from when it was due", scale: "log" },
    series: shown.map(seriesOf),
  };
}

function seriesOf({ latencies, name }: Measured): Series {
  return {
    name,
    points: ONE_IN.filter((one) => latencies.length >= one).map((one) => ({
      x: one,
      y: quantile(latencies, 1 - 1 / one),
    })),
  };
}
