import type { ResultRow, ResultTable } from "../report/case-result.ts";
import type { Plot } from "../report/plot.ts";
import { startPortcullis } from "../servers/portcullis.ts";
import { residentMiB } from "../servers/resident-memory.ts";
import { spreadOf } from "../statistics.ts";
import { apiDefinitions } from "../workload/api-definitions.ts";
import { type Client, makeClients } from "../workload/clients.ts";
import { type Costs, type Drive, measureCosts } from "./measure-costs.ts";
import type { GrowthContext, Section } from "./section.ts";

const CLIENTS = 1000;
/** A wrk script holds every request whole. */
const SCRIPT_BYTES = 8 * 1024 * 1024;
const KIB = 1024;
/** Bytes of bodies, and of one more header field. */
interface Sizes {
  readonly bodies: readonly number[];
  readonly headers: readonly number[];
}
const SHORT: Sizes = { bodies: [0, 16 * KIB, 1024 * KIB], headers: [0, 8 * KIB, 14 * KIB] };
const FULL: Sizes = {
  bodies: [0, KIB, 16 * KIB, 256 * KIB, 1024 * KIB],
  headers: [0, 2 * KIB, 8 * KIB, 14 * KIB],
};

/** Cost against connections, bodies and headers, all of one proxy with one edge thread. */
export async function growthOfTraffic(context: GrowthContext): Promise<Section> {
  const { directory, isFull, say, upstream } = context;
  const apis = apiDefinitions(upstream, 0);
  const connections = isFull ? [1, 64, 1000, 10_000] : [1, 64, 1000];
  const proxy = await startPortcullis({
    directory,
    name: "traffic",
    apis,
    edges: 1,
    // wrk has a request on each of its connections, and one upstream serves them all.
    settings: [`upstream: { max_waiting: ${Math.max(...connections)} }`],
  });
  const { port } = proxy;
  const { pid } = proxy.child;
  const clients = makeClients(CLIENTS, "user", 47);
  try {
    say(`${connections.join(", ")} connections`);
    const rows: ResultRow[] = [];
    for (const count of connections) {
      const name = `${count} connections`;
      const costs = await measureCosts(
        context,
        [{ name, pid, port, clients, connections: count }],
        rows.length === 0 ? 1 : 0,
      );
      rows.push({ subject: name, cells: [costOf(costs, name), residentMiB(pid)] });
    }
    say("bodies and headers");
    const sizes = isFull ? FULL : SHORT;
    const drives = drivesOf(pid, port, clients, sizes);
    const costs = await measureCosts(context, drives, 0);
    return {
      tables: [
        { caption: "Connections", columns: ["us a forwarded request", "resident MiB"], rows },
        bodyTable(costs, sizes),
        headerTable(costs, sizes),
      ],
      plots: [bodyPlot(costs, sizes)],
    };
  } finally {
    await proxy.child.stop();
  }
}

function drivesOf(
  pid: number,
  port: number,
  clients: readonly Client[],
  { bodies, headers }: Sizes,
): Drive[] {
  const some = (bytes: number): readonly Client[] =>
    clients.slice(0, Math.max(4, Math.min(CLIENTS, Math.floor(SCRIPT_BYTES / (bytes + KIB)))));
  return [
    ...bodies.flatMap((bytes) => [
      {
        name: `up ${bytes}`,
        pid,
        port,
        clients: some(bytes).map((client) => ({
          ...client,
          method: "POST",
          body: "x".repeat(bytes),
        })),
      },
      {
        name: `down ${bytes}`,
        pid,
        port,
        clients: clients.map((client) => ({
          ...client,
          method: "GET",
          body: "",
          path: `${client.path.split("?", 1)[0] ?? ""}/bytes/${bytes}`,
        })),
      },
    ]),
    ...headers.map((bytes) => ({
      name: `headers ${bytes}`,
      pid,
      port,
      clients: some(bytes).map((client) => ({ ...client, padding: "p".repeat(bytes) })),
    })),
  ];
}

function costOf(costs: ReadonlyMap<string, Costs>, name: string): ReturnType<typeof spreadOf> {
  return spreadOf(costs.get(name)?.microseconds ?? []);
}

function bodyTable(costs: ReadonlyMap<string, Costs>, { bodies }: Sizes): ResultTable {
  return {
    caption: "Bodies, us a forwarded request",
    columns: ["of the request", "of the answer", "floor: one memcpy of it"],
    rows: bodies.map((bytes) => ({
      subject: sizeText(bytes),
      cells: [
        costOf(costs, `up ${bytes}`),
        costOf(costs, `down ${bytes}`),
        copyMicroseconds(bytes),
      ],
    })),
  };
}

function headerTable(costs: ReadonlyMap<string, Costs>, { headers }: Sizes): ResultTable {
  return {
    caption: "More header bytes, in one field",
    columns: ["us a forwarded request"],
    rows: headers.map((bytes) => ({
      subject: sizeText(bytes),
      cells: [costOf(costs, `headers ${bytes}`)],
    })),
  };
}

function bodyPlot(costs: ReadonlyMap<string, Costs>, { bodies }: Sizes): Plot {
  const sizes = bodies.filter((bytes) => bytes > 0);
  const points = (direction: string): { x: number; y: number }[] =>
    sizes.map((bytes) => ({ x: bytes, y: costOf(costs, `${direction} ${bytes}`).median }));
  return {
    kind: "lines",
    name: "growth-bodies",
    title: "Processor time of a request with a body",
    x: { label: "bytes", scale: "log" },
    y: { label: "us", scale: "log" },
    series: [
      { name: "of the request", points: points("up") },
      { name: "of the answer", points: points("down") },
      {
        name: "one memcpy",
        points: sizes.map((bytes) => ({ x: bytes, y: copyMicroseconds(bytes) })),
      },
    ],
  };
}

/** The quickest of some copies from one buffer into another. */
function copyMicroseconds(bytes: number): number {
  if (bytes === 0) return 0;
  const from = Buffer.alloc(bytes, 1);
  const to = Buffer.alloc(bytes);
  const copies = Math.ceil((4 * KIB * KIB) / bytes);
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 10; round++) {
    const before = performance.now();
    for (let copy = 0; copy < copies; copy++) from.copy(to);
    best = Math.min(best, ((performance.now() - before) * 1000) / copies);
  }
  return best;
}

function sizeText(bytes: number): string {
  return bytes === 0 ? "none" : `${bytes / KIB} KiB`;
}
