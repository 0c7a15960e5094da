import type { Policy, RequestView } from "@portcullis/core";
import { do_not_optimize as use } from "mitata";

import type { BenchCase, CaseResult, Figure, NamedRatio } from "../report/case-result.ts";
import { ratios, spreadOf } from "../statistics.ts";
import { bytesPerCall } from "../timing/bytes-per-call.ts";
import { type CallTimes, timeCalls } from "../timing/calls.ts";
import { FilledLists } from "../workload/filled-lists.ts";
import { readView } from "../workload/read-view.ts";
import { coreDecider, type Decider, denyFor, engineDecider, workloadPolicy } from "./deciders.ts";
import { makeScenarios, type Scenario } from "./scenarios.ts";

const SIZES = [1000, 1_000_000];
/** Besides those: the clients of two scenarios are denied as well. */
const DENIED_CLIENTS = 2000;
const REPEATS = 5;
const CALLS = { calls: 20_000, warmUps: 5000 };
const FLOOR_CALLS = { calls: 10_000, warmUps: 1000 };
const P99_LIMIT_NS = 1000;
/** One behind the other: an edge has one kind of lists and headers, and code that has met two is compiled for both. */
const DECIDERS = [engineDecider, coreDecider];

/** Deciding one request that has been read, for every verdict. */
export const DECIDE: BenchCase = { name: "decide", run: async (say) => runCase(say) };

interface Measured {
  readonly scenario: string;
  readonly decider: string;
  readonly size: number;
  readonly times: readonly CallTimes[];
  /** Reading every character of the token instead, in turn with them. */
  readonly floors: readonly CallTimes[];
  /** Of a sample in which nothing is called, in nanoseconds. */
  readonly clock: number;
  readonly bytes: number;
}

function runCase(say: (progress: string) => void): CaseResult {
  const policy = workloadPolicy();
  const measured = DECIDERS.flatMap((makeDecider) =>
    SIZES.flatMap((size) => {
      say(`lists of ${size} entries`);
      return measureSize(policy, size, makeDecider);
    }),
  );
  return {
    name: DECIDE.name,
    title: "one decision on a request that has been read, 64 APIs",
    method: [
      `${CALLS.calls.toLocaleString("en-US")} calls, ${REPEATS} times, each timed by itself. p50 and p99 are of these samples, median`,
      "(first to last decile) of the repeats; reading the clock is in every sample: the notes say how much of it.",
      "1,000 clients in turn, each with a token of about 750 characters, cookie, key and address.",
      "The texts of a request have just been read when it is decided, as on an edge; what is known of its client has not.",
      "«engine» has met each token before and compares it whole, «core» hashes it every time.",
      "«Reading the token» sums up its characters, in turn with each: a measure of the machine.",
      "Every decision has been checked before. Bytes are the garbage of one call.",
    ],
    tables: SIZES.map((size) => ({
      caption: `Lists of ${size.toLocaleString("en-US")} entries`,
      columns: ["p50 ns", "p99 ns", "bytes", "p50 / reading the token"],
      rows: measured
        .filter((one) => one.size === size)
        .map(({ bytes, decider, floors, scenario, times }) => ({
          subject: `${decider}: ${scenario}`,
          cells: [
            spreadOf(times.map(({ p50 }) => p50)),
            spreadOf(times.map(({ p99 }) => p99)),
            bytes,
            spreadOf(ratios(...p50sOf(times, floors))),
          ],
        })),
    })),
    figures: figuresOf(measured),
    ratios: ratiosOf(measured),
    skipped: [],
    notes: [noteOf(measured)],
  };
}

function noteOf(measured: readonly Measured[]): string {
  const clock = spreadOf(measured.map((one) => one.clock));
  return `reading the clock takes ${clock.median.toFixed(0)} ns of each sample`;
}

/** What an edge has just read of a request, and has in its caches. */
function readTexts(view: RequestView): number {
  const { cookie, host, method, path, query } = view;
  let sum = readToken(view) + readText(cookie) + readText(host) + readText(method);
  for (let slot = 0; slot < view.customCount; slot++) sum += readText(view.customHeader(slot));
  return sum + readText(path) + readText(query) + (view.address[0] ?? 0);
}

/** What a decider cannot be quicker than that looks at a token without having met it before. */
function readToken({ authorization }: RequestView): number {
  return readText(authorization);
}

function readText(text: string): number {
  let sum = 0;
  for (let at = 0; at < text.length; at++) sum += text.charCodeAt(at);
  return sum;
}

function p50sOf(times: readonly CallTimes[], floors: readonly CallTimes[]): [number[], number[]] {
  return [times.map(({ p50 }) => p50), floors.map(({ p50 }) => p50)];
}

/** Each scenario against reading the token, repeat by repeat. */
function ratiosOf(measured: readonly Measured[]): NamedRatio[] {
  return measured.map(({ decider, floors, scenario, size, times }) => {
    const name = `${decider}, ${scenario}, ${size} entries, p50 against reading the token`;
    return { name, measured: spreadOf(ratios(...p50sOf(times, floors))) };
  });
}

function measureSize(
  policy: Policy,
  size: number,
  makeDecider: (policy: Policy, filled: FilledLists) => Decider,
): Measured[] {
  const filled = new FilledLists(size, DENIED_CLIENTS);
  const decider = makeDecider(policy, filled);
  // Equal strings, but others than those that the token cache will have kept.
  const earlier = makeScenarios();
  const scenarios = makeScenarios();
  return scenarios.map((scenario, at) => {
    const before = viewsOf(earlier[at] ?? scenario, policy);
    const views = viewsOf(scenario, policy);
    denyFor(scenario, filled, views);
    check(decider, scenario, before);
    check(decider, scenario, views);
    return { ...measure(decider, views), scenario: scenario.name, decider: decider.name, size };
  });
}

function measure(
  decider: Decider,
  views: readonly RequestView[],
): { times: CallTimes[]; floors: CallTimes[]; clock: number; bytes: number } {
  const [first] = views;
  if (first === undefined) throw new TypeError("a scenario without clients");
  const viewOf = (index: number): RequestView => views[index % views.length] ?? first;
  const call = (index: number): unknown => decider.decide(viewOf(index));
  const floor = (index: number): unknown => readToken(viewOf(index));
  const times: CallTimes[] = [];
  const floors: CallTimes[] = [];
  const read = (index: number): unknown => readTexts(viewOf(index));
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    times.push(timeCalls(read, call, CALLS, use));
    floors.push(timeCalls(read, floor, FLOOR_CALLS, use));
  }
  const clock = timeCalls(read, () => undefined, FLOOR_CALLS, use).p50;
  return { times, floors, clock, bytes: bytesPerCall(call) };
}

function viewsOf(scenario: Scenario, policy: Policy): RequestView[] {
  return scenario.clients.map((client) => {
    const view = readView(client, policy);
    if (view.contentType !== "") view.contentType = scenario.contentType;
    return view;
  });
}

function check(decider: Decider, scenario: Scenario, views: readonly RequestView[]): void {
  for (const view of views) {
    const verdict = decider.decide(view);
    const reason = "reason" in verdict ? verdict.reason : "";
    if (verdict.kind !== scenario.verdict || reason !== scenario.reason) {
      const got = `${verdict.kind} ${reason}`;
      throw new TypeError(`${decider.name}, ${scenario.name}: ${got} for ${view.path}`);
    }
  }
}

function figuresOf(measured: readonly Measured[]): Figure[] {
  const largest = Math.max(...SIZES);
  return measured
    .filter(({ decider, size }) => size === largest && decider.startsWith("engine"))
    .map(({ scenario, times }) => ({
      name: `decide, a million entries, p99: ${scenario}`,
      unit: "ns",
      atMost: P99_LIMIT_NS,
      measured: spreadOf(times.map(({ p99 }) => p99)),
    }));
}
