import { Management } from "../servers/management.ts";
import { type Portcullis, startPortcullis } from "../servers/portcullis.ts";
import { residentMiB } from "../servers/resident-memory.ts";
import { spreadOf } from "../statistics.ts";
import { apiDefinitions } from "../workload/api-definitions.ts";
import { makeClients } from "../workload/clients.ts";
import { costRatio, measureCosts } from "./measure-costs.ts";
import type { GrowthContext, Section } from "./section.ts";

const CLIENTS = 1000;
const CHANGES = 10;
/** With a server each, which the proxy has 4,096 of at most. */
const MOST_APIS = 4096;

/** Cost, memory and times against the number of APIs. */
export async function growthOfApis(context: GrowthContext): Promise<Section> {
  const { directory, isFull, say, upstream } = context;
  const sizes = isFull ? [1, 64, 1000, MOST_APIS] : [1, 64, 1000];
  say(`${sizes.join(", ")} APIs`);
  const proxies: { size: number; name: string; proxy: Portcullis }[] = [];
  try {
    for (const size of sizes) {
      const apis = apiDefinitions(upstream, 0, size);
      const name = `${size} APIs`;
      proxies.push({
        size,
        name,
        proxy: await startPortcullis({ directory, name, apis, edges: 1 }),
      });
    }
    const costs = await measureCosts(
      context,
      proxies.map(({ name, proxy: { child, port }, size }) => {
        return { name, pid: child.pid, port, clients: makeClients(CLIENTS, "user", 47, size) };
      }),
    );
    const rows = [];
    for (const { name, proxy } of proxies) {
      const resident = residentMiB(proxy.child.pid);
      const changes = spreadOf(await timeChanges(proxy, upstream));
      const cost = spreadOf(costs.get(name)?.microseconds ?? []);
      rows.push({ subject: name, cells: [cost, resident, proxy.startMs, changes] });
    }
    const largest = `${Math.max(...sizes)} APIs`;
    return {
      tables: [
        {
          caption: "Number of APIs, one edge thread, empty lists",
          columns: ["us a forwarded request", "resident MiB", "start ms", "change of one API ms"],
          rows,
        },
      ],
      ratios: [
        costRatio(costs, "1000 APIs", "1 APIs", "a forwarded request, 1,000 APIs against one"),
      ],
      plots: [
        {
          kind: "lines",
          name: "growth-apis",
          title: `Processor time of a forwarded request, up to ${largest}`,
          x: { label: "APIs", scale: "log" },
          y: { label: "us", scale: "linear" },
          series: [
            {
              name: "forwarded",
              points: proxies.map(({ name, size }) => ({
                x: size,
                y: spreadOf(costs.get(name)?.microseconds ?? []).median,
              })),
            },
          ],
        },
      ],
    };
  } finally {
    await Promise.all(proxies.map(({ proxy }) => proxy.child.stop()));
  }
}

/** Milliseconds until a changed definition is acknowledged, which is when every edge has it. */
async function timeChanges(
  proxy: Portcullis,
  upstream: { readonly host: string; readonly port: number },
): Promise<number[]> {
  const management = await Management.open(proxy);
  const times: number[] = [];
  for (let change = 0; change < CHANGES; change++) {
    const [api] = apiDefinitions(upstream, change % 2, 1);
    if (api === undefined) throw new TypeError("no definition");
    const before = performance.now();
    const { at } = await management.command("PUT", `/api?api_id=${api.id}`, api.json);
    times.push(at - before);
  }
  management.close();
  return times;
}
