import { do_not_optimize as use } from "mitata";

import { type BenchCase, type CaseResult, type Figure } from "../report/case-result.ts";
import { ratios, spreadOf } from "../statistics.ts";
import { type RoundTimes, timeInRounds, type TimedSubject } from "../timing/rounds.ts";
import { FindMyWayMatcher } from "./find-my-way-matcher.ts";
import { type Matcher, takenByAll, wrongAnswers } from "./matcher.ts";
import { MemoiristMatcher } from "./memoirist-matcher.ts";
import { RegexpMatcher } from "./regexp-matcher.ts";
import { makeUrls, readRoutes, type RoutedUrl, type Route } from "./routes.ts";
import { UrlTrieMatcher } from "./url-trie-matcher.ts";

const URLS = 4096;
const OWN = "portcullis UrlTrie";
const FLOOR = "floor: read every character";
const ROUNDS = { rounds: 21, warmUps: 5, roundMs: 40 };
/** Portcullis' time divided by theirs. */
const LIMITS: ReadonlyMap<string, number> = new Map([
  ["find-my-way", 1 / 6],
  ["memoirist", 1 / 2],
]);

/** Finding the API of a URL among GitHub's routes. */
export const URL_MATCH: BenchCase = { name: "url-match", run: async (say) => runCase(say) };

function runCase(say: (progress: string) => void): CaseResult {
  const all = readRoutes();
  const tried = load(all);
  // One that a router does not understand could take URLs from its neighbours: all get the same routes.
  const routes = takenByAll(all, tried);
  const urls = makeUrls(routes, URLS);
  const { right, skipped } = test(load(routes), urls);
  say(`${ROUNDS.rounds} rounds of ${right.length + 1} subjects`);
  const times = timeInRounds([floorSubject(urls), ...right.map(subjectOf(urls))], ROUNDS, use);
  return {
    name: URL_MATCH.name,
    title: `${routes.length} of the ${all.length} routes of GitHub's REST API, ${urls.length} URLs`,
    method: [
      `${ROUNDS.rounds} interleaved rounds in one thread, each subject ${ROUNDS.roundMs} ms a round;`,
      "median (first to last decile). The ratio is taken round by round.",
      "Every subject has given the right route for every URL before. Routes that one of them cannot",
      "load are left out for all.",
    ],
    tables: [tableOf(times, OWN)],
    figures: figuresOf(times, OWN),
    skipped,
    notes: tried.flatMap(noteOf),
  };
}

function load(routes: readonly Route[]): Matcher[] {
  return [
    new UrlTrieMatcher(OWN, routes),
    new MemoiristMatcher(routes),
    new FindMyWayMatcher(routes),
    new RegexpMatcher(routes),
  ];
}

function test(matchers: readonly Matcher[], urls: readonly RoutedUrl[]): TestedMatchers {
  const right: Matcher[] = [];
  const skipped: { subject: string; reason: string }[] = [];
  for (const matcher of matchers) {
    const wrong = wrongAnswers(matcher, urls);
    if (wrong.length === 0) right.push(matcher);
    else {
      const reason = `wrong for ${wrong.length} URLs, such as ${wrong[0]?.path ?? ""}`;
      skipped.push({ subject: matcher.name, reason });
    }
  }
  return { right, skipped };
}

interface TestedMatchers {
  readonly right: readonly Matcher[];
  readonly skipped: CaseResult["skipped"];
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
    caption: "Time per URL",
    columns: ["ns", "portcullis / it"],
    rows: [...times].map(([subject, samples]) => ({
      subject,
      cells: [spreadOf(samples), subject === reference ? "" : spreadOf(ratios(own, samples))],
    })),
  };
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
