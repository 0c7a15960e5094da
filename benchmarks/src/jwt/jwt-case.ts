import { TokenPool } from "@portcullis/token-pool/pool";
import { InlineVerifier, type TokenVerifier } from "@portcullis/token-pool/verify";
import { do_not_optimize as use } from "mitata";

import type { BenchCase, CaseResult, ResultRow } from "../report/case-result.ts";
import { type Spread, spreadOf } from "../statistics.ts";
import { timeInRounds } from "../timing/rounds.ts";
import { type BenchIssuer, createIssuer } from "./bench-issuer.ts";
import { warmSubjects } from "./warm-subjects.ts";

const ALGORITHMS = ["RS256", "ES256", "HS256"] as const;
const TOKENS = 256;
const ROUNDS = 5;
const WARM_UPS = 1;
const WARM_ROUNDS = { rounds: 15, warmUps: 3, roundMs: 8 };
const MAX_WAITING = 4096;

interface Subject {
  readonly name: string;
  /** Tokens asked for in one turn of the event loop. */
  readonly together: number;
  readonly open: () => TokenVerifier;
}

const pool = (maxBatch: number): TokenVerifier =>
  new TokenPool({ threads: 1, maxWaiting: MAX_WAITING, maxBatch });

const SUBJECTS: readonly Subject[] = [
  { name: "inline, alone", together: 1, open: () => new InlineVerifier(MAX_WAITING) },
  { name: "pool, alone", together: 1, open: () => pool(1) },
  { name: "inline, 64 in a turn", together: 64, open: () => new InlineVerifier(MAX_WAITING) },
  { name: "pool, 64 in a turn, batches of 1", together: 64, open: () => pool(1) },
  { name: "pool, 64 in a turn, batches of 8", together: 64, open: () => pool(8) },
  { name: "pool, 64 in a turn, batches of 64", together: 64, open: () => pool(64) },
];

/** Verifying tokens in the thread that asks and in the pool, and what a verified one costs afterwards. */
export const JWT: BenchCase = { name: "jwt", run: runCase };

async function runCase(say: (progress: string) => void): Promise<CaseResult> {
  const tables = [];
  for (const algorithm of ALGORITHMS) {
    say(algorithm);
    const issuer = await createIssuer(algorithm, TOKENS);
    const rows: ResultRow[] = [];
    for (const subject of SUBJECTS) rows.push(await measure(subject, issuer));
    tables.push({ caption: `${algorithm}, tokens never seen`, columns: COLUMNS, rows });
  }
  say("warm");
  const subjects = await warmSubjects();
  const times = timeInRounds(subjects, WARM_ROUNDS, use);
  tables.push({
    caption: "one token, in one thread",
    columns: ["ns"],
    rows: subjects.map(({ name }) => ({
      subject: name,
      cells: [spreadOf(times.get(name) ?? [])],
    })),
  });
  return {
    name: JWT.name,
    title: "tokens verified inline and in the pool",
    method: [
      `${ROUNDS} rounds of ${TOKENS} tokens of some 600 characters, verified with jose; microseconds per token, median`,
      "(first to last decile). «Asking thread» is the time in which that thread's event loop was busy: it is what a",
      "request on an edge waits for besides its own token. The pool has one thread. Every token was found verified.",
    ],
    tables,
    figures: [],
    skipped: [],
    notes: [],
  };
}

const COLUMNS = ["us until verified", "us of the asking thread"];

async function measure({ name, open, together }: Subject, issuer: BenchIssuer): Promise<ResultRow> {
  const verifier = open();
  const wall: number[] = [];
  const busy: number[] = [];
  for (let round = 0; round < WARM_UPS + ROUNDS; round++) {
    const loop = performance.eventLoopUtilization();
    const before = performance.now();
    for (let at = 0; at < TOKENS; at += together) {
      await verifyAll(verifier, issuer, at, at + together);
    }
    if (round < WARM_UPS) continue;
    wall.push(((performance.now() - before) * 1000) / TOKENS);
    busy.push((performance.eventLoopUtilization(loop).active * 1000) / TOKENS);
  }
  await verifier.close();
  const cells: readonly Spread[] = [spreadOf(wall), spreadOf(busy)];
  return { subject: name, cells };
}

async function verifyAll(
  verifier: TokenVerifier,
  { keys, rule, tokens }: BenchIssuer,
  from: number,
  to: number,
): Promise<void> {
  const answers = await Promise.all(
    tokens.slice(from, to).map((token) => verifier.verify(token, rule, keys)),
  );
  for (const { outcome } of answers) {
    if (outcome !== "verified") throw new Error(`a good token is ${outcome}`);
  }
}
