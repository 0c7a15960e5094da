/** Something timed over and over. */
export interface TimedSubject {
  readonly name: string;
  /** Calls that one `pass` makes. */
  readonly calls: number;
  /** Untimed, before each pass: makes what a pass uses up. */
  readonly prepare?: () => void;
  /** Makes its calls in a loop of its own, so that V8 specializes it for this subject alone. */
  readonly pass: () => unknown;
}

/** Nanoseconds per call of each subject, by name, one number for each round. */
export type RoundTimes = ReadonlyMap<string, readonly number[]>;

export interface RoundOptions {
  readonly rounds: number;
  /** Rounds before them that do not count. */
  readonly warmUps: number;
  /** How long each subject is timed in a round, at least. */
  readonly roundMs: number;
}

/**
 * Times all subjects in turn, round after round: what disturbs the machine disturbs all of them,
 * and a ratio within a round is steadier than any time.
 */
export function timeInRounds(
  subjects: readonly TimedSubject[],
  options: RoundOptions,
  use: (result: unknown) => void,
): RoundTimes {
  const times = new Map<string, number[]>(subjects.map(({ name }) => [name, []]));
  for (let round = 0; round < options.warmUps + options.rounds; round++) {
    for (const subject of subjects) {
      const perCall = timeSubject(subject, options.roundMs, use);
      if (round >= options.warmUps) times.get(subject.name)?.push(perCall);
    }
  }
  return times;
}

function timeSubject(
  subject: TimedSubject,
  roundMs: number,
  use: (result: unknown) => void,
): number {
  let spentMs = 0;
  let passes = 0;
  while (spentMs < roundMs) {
    subject.prepare?.();
    const before = performance.now();
    use(subject.pass());
    spentMs += performance.now() - before;
    passes++;
  }
  return (spentMs * 1e6) / (passes * subject.calls);
}
