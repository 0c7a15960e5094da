import { generateLoad } from "../blocking-latency/generate-load.ts";
import { percentileCells, PERCENTILE_COLUMNS } from "../latency/percentiles.ts";
import { Management } from "../servers/management.ts";
import { startPortcullis } from "../servers/portcullis.ts";
import { apiDefinitions } from "../workload/api-definitions.ts";
import { makeClients, requestText } from "../workload/clients.ts";
import type { GrowthContext, Section } from "./section.ts";

const CLIENTS = 1000;
const PER_SECOND = 1000;

/** Definitions are changed while requests go through: how many of these fail. */
export async function reloadUnderLoad({
  directory,
  isFull,
  say,
  upstream,
}: GrowthContext): Promise<Section> {
  const seconds = isFull ? 20 : 3;
  say(`changes of the configuration under load, ${seconds} s`);
  const apis = apiDefinitions(upstream, 0);
  const proxy = await startPortcullis({ directory, name: "reload", apis, edges: 2 });
  try {
    const requests = makeClients(CLIENTS, "user", 47).map((client) => requestText(client));
    const stream = { name: "requests", port: proxy.port, perSecond: PER_SECOND, requests };
    const load = generateLoad({
      streams: [{ ...stream, isRefused: false }],
      seconds,
      warmUpSeconds: 0.5,
    });
    const changing = changeUntil(load, await Management.open(proxy), upstream);
    const [times] = await load;
    const changes = await changing;
    if (times === undefined) throw new TypeError("the load generator left the stream out");
    const { failed, latencies } = times;
    return {
      tables: [
        {
          caption: "Changes of an API under load, latency of the requests in ms",
          columns: ["changes", "requests", "failed", ...PERCENTILE_COLUMNS],
          rows: [
            {
              subject: `${PER_SECOND} requests/s`,
              cells: [changes, latencies.length, String(failed), ...percentileCells(latencies)],
            },
          ],
        },
      ],
      figures: [
        {
          name: "requests that fail during changes of the configuration",
          unit: "requests",
          atMost: 0,
          measured: { median: failed, low: failed, high: failed },
        },
      ],
    };
  } finally {
    await proxy.child.stop();
  }
}

/** Changes one definition after the other as fast as they are acknowledged; returns how many. */
async function changeUntil(
  load: Promise<unknown>,
  management: Management,
  upstream: { readonly host: string; readonly port: number },
): Promise<number> {
  const run = { goesOn: true };
  const stop = (): void => {
    run.goesOn = false;
  };
  load.then(stop, stop);
  const versions = [apiDefinitions(upstream, 0), apiDefinitions(upstream, Number.MAX_SAFE_INTEGER)];
  let changes = 0;
  for (; run.goesOn; changes++) {
    const apis = versions[changes % 2] ?? [];
    const api = apis[changes % apis.length];
    if (api !== undefined) await management.command("PUT", `/api?api_id=${api.id}`, api.json);
  }
  management.close();
  return changes;
}
