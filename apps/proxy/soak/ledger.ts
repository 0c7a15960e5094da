/** What must have become of a request when the soak is over. */
export interface Expectation {
  /** The statuses that the client may be given; none: it gives up before there is one. */
  readonly statuses: readonly number[];
  /** How often the upstream may have read it. */
  readonly upstream: readonly [least: number, most: number];
  /** Whether the client leaves before its answer is complete: then the log may miss it. */
  readonly isLeft?: boolean;
  /** The status in the log, where that is not the client's: of an answer that was cut. */
  readonly loggedAs?: number;
}

/** One request, under the number that stands in its path. */
export interface Entry extends Expectation {
  readonly kind: string;
  readonly from: number;
  until: number;
  /** What the client was given; 0: nothing, or not all of it. */
  status: number;
  /** What the client found wrong; empty: nothing. */
  problem: string;
}

/** The client's side of the books: every request is entered before its first byte is sent. */
export class Ledger {
  readonly entries: Entry[] = [];

  /** Enters a request and returns its number. */
  open(kind: string, expectation: Expectation): number {
    const now = Date.now();
    this.entries.push({ ...expectation, kind, from: now, until: now, status: 0, problem: "" });
    return this.entries.length - 1;
  }

  /** The request is over. */
  close(number: number, status: number, problem: string = ""): void {
    const entry = this.entries[number];
    if (entry === undefined) throw new TypeError(`no request ${number}`);
    entry.until = Date.now();
    entry.status = status;
    entry.problem = problem;
  }
}

/** The number of a request, from its path; -1: it is none of the ledger's. */
export function numberOf(path: string): number {
  const text = /\/n(\d+)(?:\?|$)/.exec(path)?.[1];
  return text === undefined ? -1 : Number(text);
}

/** A time in which an edge was ended on purpose: what was under way then may be lost. */
export interface Outage {
  readonly from: number;
  readonly until: number;
}

/** How one kind of requests came out. */
export interface KindResult {
  sent: number;
  answered: number;
  logged: number;
  forwarded: number;
  /** Not in the log: the client left before it was read, or an edge was ended meanwhile. */
  unlogged: number;
}

/** The books of all four sides, compared. */
export interface Account {
  readonly kinds: ReadonlyMap<string, KindResult>;
  readonly total: KindResult;
  /** One line for each thing that does not add up. */
  readonly problems: readonly string[];
}

/** A line of the access log, as far as it matters here. */
export interface LogLine {
  readonly path: string;
  readonly status: number;
}

/** Compares what the client sent with the access log and with what the upstream has read. */
export function settle(
  ledger: Ledger,
  log: readonly LogLine[],
  upstream: ReadonlyMap<number, number>,
  outages: readonly Outage[],
): Account {
  const problems: string[] = [];
  const lines = new Map<number, LogLine[]>();
  for (const line of log) {
    const number = numberOf(line.path);
    if (ledger.entries[number] === undefined)
      problems.push(`in the log, from nobody: ${line.path}`);
    else lines.set(number, [...(lines.get(number) ?? []), line]);
  }
  const kinds = new Map<string, KindResult>();
  const total = emptyResult();
  ledger.entries.forEach((entry, number) => {
    const result = kinds.get(entry.kind) ?? emptyResult();
    kinds.set(entry.kind, result);
    const of = lines.get(number) ?? [];
    const forwarded = upstream.get(number) ?? 0;
    const isExcused = outages.some(({ from, until }) => entry.until >= from && entry.from <= until);
    const problem = problemOf(entry, of, forwarded, isExcused);
    if (problem !== "") problems.push(`${entry.kind} n${number}: ${problem}`);
    for (const row of [result, total]) {
      row.sent++;
      if (entry.status !== 0) row.answered++;
      row.logged += of.length;
      row.forwarded += forwarded;
      if (of.length === 0) row.unlogged++;
    }
  });
  return { kinds, total, problems };
}

function problemOf(
  entry: Entry,
  lines: readonly LogLine[],
  forwarded: number,
  isExcused: boolean,
): string {
  const [least, most] = entry.upstream;
  if (lines.length > 1) return `${lines.length} lines in the log`;
  if (forwarded > most) return `the upstream has read it ${forwarded} times`;
  if (isExcused) return "";
  if (entry.problem !== "") return entry.problem;
  // Who leaves may never have been read.
  if (entry.isLeft === true) return "";
  if (forwarded < least) return "the upstream has not read it";
  return lines[0] === undefined ? "not in the log" : statusProblem(entry, lines[0]);
}

function statusProblem({ loggedAs, status, statuses }: Entry, line: LogLine): string {
  if (!statuses.includes(status)) return `answered ${status}`;
  return line.status === (loggedAs ?? status) ? "" : `answered ${status}, logged as ${line.status}`;
}

function emptyResult(): KindResult {
  return { sent: 0, answered: 0, logged: 0, forwarded: 0, unlogged: 0 };
}
