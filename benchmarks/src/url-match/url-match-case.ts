import { do_not_optimize as use } from "mitata";

import type { BenchCase, CaseResult, Figure, RunLength } from "../report/case-result.ts";
import { ratios, type Spread, spreadOf } from "../statistics.ts";
import { type RoundTimes, timeInRounds, type TimedSubject } from "../timing/rounds.ts";
import { FindMyWayMatcher } from "./find-my-way-matcher.ts";
import { type Matcher, rightMatchers, takenByAll } from "./matcher.ts";
import { MemoiristMatcher } from "./memoirist-matcher.ts";
import { RegexpMatcher } from "./regexp-matcher.ts";
import { Rou3Matcher } from "./rou3-matcher.ts";
import { makeUrls, readRoutes, type RoutedUrl, type Route } from "./routes.ts";
import { timeSizes } from "./synthetic-sizes.ts";
import { UrlTrieMatcher } from "./url-trie-matcher.ts";

const URLS = 4096;
const OWN = "portcullis UrlTrie";
const FLOOR = "floor: read every character";
const ROUNDS = {
  short: { rounds: 21, warmUps: 5, roundMs: 25 },
  full: { rounds: 41, warmUps: 5, roundMs: 60 },
};
/** Portcullis' time divided by theirs. */
const LIMITS: ReadonlyMap<string, number> = new Map([
  ["find-my-way", 1 / 6],
  ["memoirist", 1 / 2],
]);

/** Finding the API of a URL among GitHub's routes. */
export const URL_MATCH: BenchCase = {
  name: "url-match",
  run: async (say, length) => runCase(say, length),
};

function runCase(say: (progress: string) => void, length: RunLength): CaseResult {
  const options = ROUNDS[length];
  const all = readRoutes();
  const tried = load(all);
  // One that a router does not understand could take URLs from its neighbours: all get the same routes.
  const routes = takenByAll(all, tried);
  const urls = makeUrls(routes, URLS);
  const { right, skipped } = rightMatchers(load(routes), urls);
  say(`${options.rounds} rounds of ${right.length + 1} subjects`);
  const times = timeInRounds([floorSubject(urls), ...right.map(subjectOf(urls))], options, use);
  const sizes = timeSizes(length, say);
  return {
    name: URL_MATCH.name,
    title: `${routes.length} of the ${all.length} routes of GitHub's REST API, ${urls.length} URLs`,
    method: [
      `${options.rounds} interleaved rounds in one thread, each subject ${options.roundMs} ms a round;`,
      "median (first to last decile). The ratio is taken round by round.",
      "Every subject has given the right route for every URL before. Routes that one of them cannot",
      "load are left out for all.",
    ],
    tables: [tableOf(times, OWN), ...sizes.tables],
    figures: figuresOf(times, OWN),
    ratios: [
      { name: "GitHub's routes, against reading every character", measured: floorRatio(times) },
      ...sizes.ratios,
    ],
    plots: sizes.plots,
    skipped: [...skipped, ...sizes.skipped],
    notes: tried.flatMap(noteOf),
  };
}

function load(routes: readonly Route[]): Matcher[] {
  return [
    new UrlTrieMatcher(OWN, routes),
    new MemoiristMatcher(routes),
    new FindMyWayMatcher(routes),
    new Rou3Matcher(routes),
    new RegexpMatcher(routes),
  ];
}

function subjectOf(urls: readonly RoutedUrl[]): (matcher: Matcher) => TimedSubject {
  return (matcher) => ({
    name: matcher.name,
    calls: urls.length,
    pass: () => matcher.matchAll(urls),
  });
}

/** What no matcher can beat that looks at the whole path. */
function floorSubject(urls: readonly RoutedUrl[]): TimedSubject {
  const pass = (): number => {
    let sum = 0;
    for (const { path } of urls) {
      for (let i = 0; i < path.length; i++) sum += path.charCodeAt(i);
    }
    return sum;
  };
  return { name: FLOOR, calls: urls.length, pass };
}

function tableOf(times: RoundTimes, reference: string): CaseResult["tables"][number] {
  const own = times.get(reference) ?? [];
  return {
    caption: "Routes of GitHub, time per URL",
    columns: ["ns", "portcullis / it"],
    rows: [...times].map(([subject, samples]) => ({
      subject,
      cells: [spreadOf(samples), subject === reference ? "" : spreadOf(ratios(own, samples))],
    })),
  };
}

/** The steadiest of all: both sides run in the nearest cache, and no peer's garbage is collected. */
function floorRatio(times: RoundTimes): Spread {
  return spreadOf(ratios(times.get(OWN) ?? [], times.get(FLOOR) ?? []));
}

function figuresOf(times: RoundTimes, reference: string): Figure[] {
  const own = times.get(reference) ?? [];
  return [...LIMITS].flatMap(([peer, atMost]) => {
    const samples = times.get(peer);
    if (samples === undefined) return [];
    const measured = spreadOf(ratios(own, samples));
    return [{ name: `URL match against ${peer}`, unit: "x", atMost, measured }];
  });
}

function noteOf({ name, refused }: Matcher): string[] {
  if (refused.size === 0) return [];
  const [example = ""] = refused.values();
  return [`${name} could not load ${refused.size} of the routes, for instance: ${example}`];
}
