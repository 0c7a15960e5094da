import { do_not_optimize as use } from "mitata";

import type { CaseResult, NamedRatio, ResultTable, RunLength } from "../report/case-result.ts";
import type { Plot } from "../report/plot.ts";
import { ratios, spreadOf } from "../statistics.ts";
import { type RoundTimes, timeInRounds } from "../timing/rounds.ts";
import { FindMyWayMatcher } from "./find-my-way-matcher.ts";
import { HandWrittenMatcher, TEN_ROUTES } from "./hand-written-matcher.ts";
import { type Matcher, rightMatchers } from "./matcher.ts";
import { MemoiristMatcher } from "./memoirist-matcher.ts";
import { Rou3Matcher } from "./rou3-matcher.ts";
import type { Route, RoutedUrl } from "./routes.ts";
import {
  makeSyntheticRoutes,
  makeUrlsOfKind,
  URL_KINDS,
  type UrlKind,
} from "./synthetic-routes.ts";
import { UrlTrieMatcher } from "./url-trie-matcher.ts";

const OWN = "portcullis UrlTrie";
const SIZES: Readonly<Record<RunLength, readonly number[]>> = {
  short: [10, 1000, 10_000],
  full: [10, 100, 1000, 10_000, 100_000],
};
const ROUNDS = {
  short: { rounds: 7, warmUps: 2, roundMs: 8 },
  full: { rounds: 15, warmUps: 4, roundMs: 30 },
};

/** What the synthetic routes add to the result of the case. */
export interface SizesResult {
  readonly tables: readonly ResultTable[];
  readonly ratios: readonly NamedRatio[];
  readonly plots: readonly Plot[];
  readonly skipped: CaseResult["skipped"];
}

interface Timed {
  readonly size: number;
  readonly kind: UrlKind;
  readonly times: RoundTimes;
}

/** Times every router with more and more routes. */
export function timeSizes(length: RunLength, say: (progress: string) => void): SizesResult {
  const skipped: { subject: string; reason: string }[] = [];
  const timed = SIZES[length].flatMap((size) => {
    say(`${size.toLocaleString("en-US")} synthetic routes`);
    const routes = size === TEN_ROUTES.length ? TEN_ROUTES : makeSyntheticRoutes(size);
    const matchers = load(routes);
    return [...URL_KINDS.keys()].flatMap((kind): Timed[] => {
      const urls = makeUrlsOfKind(kind, routes);
      if (urls.length === 0) return [];
      const tested = rightMatchers(matchers, urls);
      for (const { reason, subject } of tested.skipped) {
        skipped.push({ subject, reason: `${size} routes, ${kind}: ${reason}` });
      }
      return [{ size, kind, times: time(tested.right, urls, length) }];
    });
  });
  return {
    tables: [...URL_KINDS].map(([kind, what]) => tableOf(timed, kind, what)),
    ratios: timed.flatMap(ratiosOf),
    plots: [...URL_KINDS].map(([kind, what]) => plotOf(timed, kind, what)),
    skipped,
  };
}

function load(routes: readonly Route[]): Matcher[] {
  return [
    new UrlTrieMatcher(OWN, routes),
    new MemoiristMatcher(routes),
    new FindMyWayMatcher(routes),
    new Rou3Matcher(routes),
    ...(routes === TEN_ROUTES ? [new HandWrittenMatcher()] : []),
  ];
}

function time(
  matchers: readonly Matcher[],
  urls: readonly RoutedUrl[],
  length: RunLength,
): RoundTimes {
  const subjects = matchers.map((matcher) => ({
    name: matcher.name,
    calls: urls.length,
    pass: () => matcher.matchAll(urls),
  }));
  return timeInRounds(subjects, ROUNDS[length], use);
}

function subjectsOf(timed: readonly Timed[]): string[] {
  return [...new Set(timed.flatMap(({ times }) => [...times.keys()]))];
}

function tableOf(all: readonly Timed[], kind: UrlKind, what: string): ResultTable {
  const timed = all.filter((one) => one.kind === kind);
  return {
    caption: `Synthetic routes, ${what}, ns per URL`,
    columns: timed.map(({ size }) => `${size.toLocaleString("en-US")} routes`),
    rows: subjectsOf(timed).map((subject) => ({
      subject,
      cells: timed.map(({ times }) => {
        const samples = times.get(subject);
        return samples === undefined ? "" : spreadOf(samples);
      }),
    })),
  };
}

function ratiosOf({ kind, size, times }: Timed): NamedRatio[] {
  const own = times.get(OWN) ?? [];
  return [...times]
    .filter(([subject]) => subject !== OWN)
    .map(([subject, samples]) => ({
      name: `${size} routes, ${kind}, against ${subject}`,
      measured: spreadOf(ratios(own, samples)),
    }));
}

function plotOf(all: readonly Timed[], kind: UrlKind, what: string): Plot {
  const timed = all.filter((one) => one.kind === kind);
  return {
    kind: "lines",
    name: `url-match-${kind}`,
    title: `URL match: ${what}`,
    x: { label: "routes", scale: "log" },
    y: { label: "ns per URL", scale: "log" },
    series: subjectsOf(timed).map((name) => ({
      name,
      points: timed.flatMap(({ size, times }) => {
        const samples = times.get(name);
        return samples === undefined ? [] : [{ x: size, y: spreadOf(samples).median }];
      }),
    })),
  };
}
