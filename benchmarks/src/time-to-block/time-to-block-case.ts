import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { connectToEdges } from "../latency/edge-connections.ts";
import { PERCENTILE_COLUMNS, percentileCells, percentileSpread } from "../latency/percentiles.ts";
import type { BenchCase, CaseResult, NamedRatio, RunLength } from "../report/case-result.ts";
import { Child } from "../servers/child.ts";
import { freePort } from "../servers/free-port.ts";
import { Management } from "../servers/management.ts";
import { type Portcullis, startPortcullis } from "../servers/portcullis.ts";
import { startUpstream } from "../servers/upstream.ts";
import { apiDefinitions, chatDefinition } from "../workload/api-definitions.ts";
import { DeniedIdentifiers } from "../workload/denied-identifiers.ts";
import { roundsByCommand, roundsByOffence, type Round, type RoundLimit } from "./request-rounds.ts";
import { measureVisibility } from "./visibility.ts";
import { webSocketRounds } from "./web-socket-rounds.ts";

const EDGES = 2;
const DENIED = 10_000;
const ROUNDS: Readonly<Record<RunLength, RoundCounts>> = {
  short: {
    visibility: 5000,
    offences: 2000,
    commands: 1000,
    sockets: 400,
    warmUp: 200,
    seconds: 8,
  },
  full: {
    visibility: 20_000,
    offences: 10_000,
    commands: 5000,
    sockets: 2000,
    warmUp: 500,
    seconds: 120,
  },
};
const SOCKETS = fileURLToPath(new URL("../servers/web-socket-upstream.js", import.meta.url));

interface RoundCounts {
  readonly visibility: number;
  readonly offences: number;
  readonly commands: number;
  readonly sockets: number;
  /** Of each kind but the sockets, not counted. */
  readonly warmUp: number;
  /** The longest that one kind may take on a busy machine. */
  readonly seconds: number;
}

/** How long a block, and the end of a block, takes to hold. */
export const TIME_TO_BLOCK: BenchCase = { name: "time-to-block", run: runCase };

async function runCase(say: (progress: string) => void, length: RunLength): Promise<CaseResult> {
  const counts = ROUNDS[length];
  say(`${counts.visibility} rounds between two threads`);
  const visible = await measureVisibility({ count: counts.visibility, seconds: counts.seconds });
  const directory = mkdtempSync(join(tmpdir(), "portcullis-time-to-block-"));
  const running: { stop(): Promise<void> }[] = [];
  try {
    const upstream = await startUpstream(directory);
    running.push(upstream.child);
    const chatPort = await freePort();
    const chat = [process.execPath, SOCKETS, String(chatPort)] as const;
    running.push(await Child.start("web-sockets", [...chat], directory, chatPort));
    const proxy = await startPortcullis({
      directory,
      name: "portcullis",
      edges: EDGES,
      denied: new DeniedIdentifiers(DENIED),
      apis: [
        ...apiDefinitions({ host: "127.0.0.1", port: upstream.port }, 0),
        chatDefinition({ host: "127.0.0.1", port: chatPort }),
      ],
    });
    running.push(proxy.child);
    return resultOf(visible, await measureBlocks(proxy, counts, say));
  } finally {
    await Promise.all(running.map((child) => child.stop()));
    rmSync(directory, { recursive: true, force: true });
  }
}

type Blocks = ReadonlyMap<string, readonly Round[]>;

const NAMES = {
  same: "violation, then the same edge",
  other: "violation, then the other edge",
  command: "command, then any edge",
  unblock: "un-block, then any edge",
  socketOffence: "violation, then an open WebSocket",
  socketCommand: "command, then an open WebSocket",
};

/** Those whose end is seen by asking again and again. */
const ASKED: readonly string[] = [NAMES.same, NAMES.other, NAMES.command, NAMES.unblock];

async function measureBlocks(
  proxy: Portcullis,
  counts: RoundCounts,
  say: (progress: string) => void,
): Promise<Blocks> {
  const edges = await connectToEdges(proxy.port, EDGES);
  const management = await Management.open(proxy);
  const stage = { edges, management };
  const upTo = (count: number): RoundLimit => ({ count, seconds: counts.seconds });
  say(`${counts.offences} violations for each of two edges`);
  const same = await roundsByOffence(stage, "same", upTo(counts.warmUp + counts.offences));
  const other = await roundsByOffence(stage, "other", upTo(counts.warmUp + counts.offences));
  say(`${counts.commands} commands, and as many un-blocks`);
  const commanded = await roundsByCommand(stage, upTo(counts.warmUp + counts.commands));
  say(`${counts.sockets} WebSockets closed by violation, and by command`);
  const byOffence = await webSocketRounds(stage, proxy.port, "offence", upTo(counts.sockets));
  const byCommand = await webSocketRounds(stage, proxy.port, "command", upTo(counts.sockets));
  for (const edge of edges) edge.close();
  management.close();
  const warm = (rounds: readonly Round[]): readonly Round[] =>
    rounds.slice(Math.min(counts.warmUp, rounds.length / 10));
  return new Map([
    [NAMES.same, warm(same)],
    [NAMES.other, warm(other)],
    [NAMES.command, warm(commanded.blocked)],
    [NAMES.unblock, warm(commanded.unblocked)],
    [NAMES.socketOffence, byOffence],
    [NAMES.socketCommand, byCommand],
  ]);
}

function resultOf(visible: readonly number[], blocks: Blocks): CaseResult {
  const milliseconds = (name: string): number[] => (blocks.get(name) ?? []).map(({ ms }) => ms);
  return {
    name: TIME_TO_BLOCK.name,
    title: "from a violation's answer, or a command's acknowledgement, until the block holds",
    method: [
      "Two edge threads with 64 APIs and 10,000 denied entries of each kind; a connection that is kept",
      "open to each edge, and a client of its own for each round, whom both edges have just served.",
      "The clock starts when the answer to the violation, or to the command, has arrived; it stops when",
      "the first answer of the new kind has. So a round trip and its decision are in every figure, and a",
      "request that was still answered the old way is counted as late and asked again.",
      "Between threads: from the call that writes until another thread, which asks all the time, sees it.",
    ],
    tables: [
      {
        caption: "Between two threads, us",
        columns: ["rounds", ...PERCENTILE_COLUMNS],
        rows: [
          { subject: "written, then seen", cells: [visible.length, ...percentileCells(visible)] },
        ],
      },
      {
        caption: "Over sockets, ms",
        columns: ["rounds", "late requests", ...PERCENTILE_COLUMNS],
        rows: [...blocks].map(([subject, rounds]) => ({
          subject,
          cells: [
            rounds.length,
            ASKED.includes(subject) ? String(rounds.reduce((sum, { late }) => sum + late, 0)) : "",
            ...percentileCells(milliseconds(subject)),
          ],
        })),
      },
    ],
    figures: [
      figure("a block, seen by another thread, p99", "us", 20, visible, 0.99),
      figure(
        "a block, first refusal on another edge, p99",
        "ms",
        1,
        milliseconds(NAMES.other),
        0.99,
      ),
      figure(
        "a block by command, WebSocket closed, p99",
        "ms",
        10,
        milliseconds(NAMES.socketCommand),
        0.99,
      ),
    ],
    ratios: ASKED.map((name) => lateRatio(name, blocks.get(name) ?? [])),
    skipped: [],
    notes: [],
  };
}

/** Requests that got through after the clock had started, of all rounds. Not a time: it may be bounded. */
function lateRatio(name: string, rounds: readonly Round[]): NamedRatio {
  const late = rounds.reduce((sum, round) => sum + round.late, 0) / rounds.length;
  return {
    name: `late requests a round: ${name}`,
    measured: { median: late, low: late, high: late },
  };
}

function figure(
  name: string,
  unit: string,
  atMost: number,
  samples: readonly number[],
  q: number,
): CaseResult["figures"][number] {
  return { name, unit, atMost, measured: percentileSpread(samples, q) };
}
