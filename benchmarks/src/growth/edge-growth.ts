import { type Portcullis, startPortcullis } from "../servers/portcullis.ts";
import { residentMiB } from "../servers/resident-memory.ts";
import { spreadOf } from "../statistics.ts";
import { apiDefinitions } from "../workload/api-definitions.ts";
import { makeClients } from "../workload/clients.ts";
import { costRatio, measureCosts } from "./measure-costs.ts";
import type { GrowthContext, Section } from "./section.ts";

const CLIENTS = 1000;
const EDGES = { short: [1, 2], full: [1, 2, 4] };

/** Cost and memory against the number of edge threads. */
export async function growthOfEdges(context: GrowthContext): Promise<Section> {
  const { directory, isFull, say, upstream } = context;
  const counts = isFull ? EDGES.full : EDGES.short;
  say(`${counts.join(", ")} edge threads`);
  const proxies: { edges: number; name: string; proxy: Portcullis }[] = [];
  try {
    for (const edges of counts) {
      const name = `${edges} edges`;
      const apis = apiDefinitions(upstream, 0);
      proxies.push({ edges, name, proxy: await startPortcullis({ directory, name, apis, edges }) });
    }
    const clients = makeClients(CLIENTS, "user", 47);
    const costs = await measureCosts(
      context,
      proxies.map(({ name, proxy: { child, port } }) => ({ name, pid: child.pid, port, clients })),
    );
    return {
      tables: [
        {
          caption: "Edge threads (on two processors more than two only cost)",
          columns: ["us a forwarded request", "requests/s", "resident MiB", "start ms"],
          rows: proxies.map(({ name, proxy }) => ({
            subject: name,
            cells: [
              spreadOf(costs.get(name)?.microseconds ?? []),
              spreadOf(costs.get(name)?.perSecond ?? []),
              residentMiB(proxy.child.pid),
              proxy.startMs,
            ],
          })),
        },
      ],
      ratios: [
        costRatio(costs, "2 edges", "1 edges", "a forwarded request, two edges against one"),
      ],
    };
  } finally {
    await Promise.all(proxies.map(({ proxy }) => proxy.child.stop()));
  }
}
