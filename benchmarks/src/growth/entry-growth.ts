import { type Portcullis, startPortcullis } from "../servers/portcullis.ts";
import { residentMiB } from "../servers/resident-memory.ts";
import { spreadOf } from "../statistics.ts";
import { apiDefinitions } from "../workload/api-definitions.ts";
import { makeClients } from "../workload/clients.ts";
import { DeniedIdentifiers } from "../workload/denied-identifiers.ts";
import { type Costs, costRatio, type Drive, measureCosts } from "./measure-costs.ts";
import type { GrowthContext, Section } from "./section.ts";

const CLIENTS = 1000;
const KINDS = 5;

interface Point {
  readonly size: number;
  readonly proxy: Portcullis;
  readonly denied: DeniedIdentifiers;
}

/** Cost, memory and start-up against the number of denied entries. */
export async function growthOfEntries(context: GrowthContext): Promise<Section> {
  const { directory, isFull, say, upstream } = context;
  const sizes = isFull ? [500, 10_000, 100_000, 1_000_000] : [500, 100_000];
  say(`${sizes.map((size) => size.toLocaleString("en-US")).join(", ")} entries`);
  const points: Point[] = [];
  try {
    for (const size of sizes) {
      const denied = new DeniedIdentifiers(size / KINDS);
      const name = `${size} entries`;
      const apis = apiDefinitions(upstream, 0);
      const settings = [`lists: { capacity: ${Math.max(1_000_000, size * 1.2)} }`];
      const proxy = await startPortcullis({ directory, name, apis, edges: 1, denied, settings });
      points.push({ size, proxy, denied });
    }
    const costs = await measureCosts(context, points.flatMap(drivesOf));
    return sectionOf(points, costs);
  } finally {
    await Promise.all(points.map(({ proxy }) => proxy.child.stop()));
  }
}

function drivesOf({ denied, proxy: { child, port }, size }: Point): Drive[] {
  const { pid } = child;
  return [
    { name: `forwarded ${size}`, pid, port, clients: makeClients(CLIENTS, "user", 47) },
    {
      name: `refused ${size}`,
      pid,
      port,
      clients: denied.clientsWithToken(CLIENTS),
      isRefused: true,
    },
  ];
}

function sectionOf(points: readonly Point[], costs: ReadonlyMap<string, Costs>): Section {
  const cost = (load: string, size: number): ReturnType<typeof spreadOf> =>
    spreadOf(costs.get(`${load} ${size}`)?.microseconds ?? []);
  const sizes = points.map(({ size }) => size);
  const [smallest, largest] = [Math.min(...sizes), Math.max(...sizes)];
  return {
    tables: [
      {
        caption: "Denied entries, a fifth of each kind; one edge thread, 64 APIs",
        columns: ["us forwarded", "us refused", "resident MiB", "start ms"],
        rows: points.map(({ proxy, size }) => ({
          subject: `${size.toLocaleString("en-US")} entries`,
          cells: [
            cost("forwarded", size),
            cost("refused", size),
            residentMiB(proxy.child.pid),
            proxy.startMs,
          ],
        })),
      },
    ],
    ratios: ["forwarded", "refused"].map((load) =>
      costRatio(
        costs,
        `${load} ${largest}`,
        `${load} ${smallest}`,
        `a ${load} request, most entries against fewest`,
      ),
    ),
    plots: [
      {
        kind: "lines",
        name: "growth-entries",
        title: "Processor time of a request, by denied entries",
        x: { label: "entries", scale: "log" },
        y: { label: "us", scale: "linear" },
        series: ["forwarded", "refused"].map((load) => ({
          name: load,
          points: sizes.map((size) => ({ x: size, y: cost(load, size).median })),
        })),
      },
    ],
  };
}
