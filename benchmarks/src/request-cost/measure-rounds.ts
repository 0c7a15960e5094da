import { processorMicroseconds } from "../servers/processor-time.ts";
import { runWrk, type WrkRun } from "../servers/wrk.ts";
import type { RunningSubject, SubjectPolicy } from "./subject.ts";

/** How long and how often. */
export interface RoundPlan {
  /** Rounds that count, of the subjects that the figures compare. */
  readonly rounds: number;
  /** The same of all others, which are there for scale. */
  readonly roundsForScale: number;
  /** How long each subject is driven with each load in a round. */
  readonly seconds: number;
  readonly warmUpSeconds: number;
}

/** The loads that a subject can be driven with. */
const LOADS_OF: Readonly<Record<SubjectPolicy, readonly string[]>> = {
  full: ["forwarded", "refused"],
  none: ["forwarded"],
  crs: ["forwarded"],
  "refuse-all": ["refused"],
};

/** One kind of request, as a wrk script. */
export interface Load {
  readonly name: string;
  /** All of its requests must be answered with a status of 400 and up; otherwise none. */
  readonly isRefused: boolean;
  readonly script: string;
}

/** What one subject did with one load, one element a round. */
interface LoadTimes {
  /** Processor microseconds for each request. */
  readonly microseconds: number[];
  readonly perSecond: number[];
}

/** By subject and load, joined by a blank. */
export type RequestTimes = ReadonlyMap<string, LoadTimes>;

/** The key of a subject's times under a load. */
export function timesKey(subject: string, load: string): string {
  return `${subject} ${load}`;
}

/** Drives all subjects in turn, round after round. Throws if one answers otherwise than it should. */
export async function measureRounds(
  wrk: string,
  subjects: readonly RunningSubject[],
  loads: readonly Load[],
  plan: RoundPlan,
  say: (progress: string) => void,
): Promise<RequestTimes> {
  const times = new Map<string, LoadTimes>();
  for (let round = 0; round <= plan.rounds; round++) {
    say(round === 0 ? "warm-up" : `round ${round} of ${plan.rounds}`);
    for (const load of loads) {
      for (const subject of subjects) {
        if (!LOADS_OF[subject.policy].includes(load.name)) continue;
        if (subject.policy !== "full" && round > plan.roundsForScale) continue;
        const seconds = round === 0 ? plan.warmUpSeconds : plan.seconds;
        const before = processorMicroseconds(subject.child.pid);
        const counts = await runWrk(wrk, load.script, subject.port, seconds);
        const used = processorMicroseconds(subject.child.pid) - before;
        checkAnswers(subject, load, counts);
        if (round > 0) add(times, timesKey(subject.name, load.name), used, counts);
      }
    }
  }
  return times;
}

function add(times: Map<string, LoadTimes>, key: string, used: number, counts: WrkRun): void {
  const entry = times.get(key) ?? { microseconds: [], perSecond: [] };
  entry.microseconds.push(used / counts.requests);
  entry.perSecond.push(counts.requests / counts.seconds);
  times.set(key, entry);
}

function checkAnswers(subject: RunningSubject, load: Load, counts: WrkRun): void {
  const wanted = load.isRefused ? counts.requests : 0;
  if (counts.requests === 0 || counts.refused !== wanted || counts.lost > 0) {
    const { lost, refused, requests } = counts;
    throw new TypeError(
      `${subject.name}, ${load.name}: of ${requests} requests ${refused} refused, ${lost} lost`,
    );
  }
}
