import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { startPortcullis } from "../servers/portcullis.ts";
import { residentMiB } from "../servers/resident-memory.ts";
import { runWrk, wrkScript } from "../servers/wrk.ts";
import { apiDefinitions } from "../workload/api-definitions.ts";
import { makeClients } from "../workload/clients.ts";
import { DeniedIdentifiers } from "../workload/denied-identifiers.ts";
import type { GrowthContext, Section } from "./section.ts";

const CLIENTS = 1000;
const ENTRIES_OF_EACH = 2000;
const LIMIT_MIB = 120e6 / 2 ** 20;

/** What the set-up of the design takes after many requests, refused ones among them. */
export async function memoryAfterRequests(context: GrowthContext): Promise<Section> {
  const { directory, isFull, say, upstream, wrk } = context;
  const wanted = isFull ? 10_000_000 : 300_000;
  say(`memory after ${wanted.toLocaleString("en-US")} requests`);
  const denied = new DeniedIdentifiers(ENTRIES_OF_EACH);
  const apis = apiDefinitions(upstream, 0);
  const proxy = await startPortcullis({ directory, name: "memory", apis, edges: 1, denied });
  const { pid } = proxy.child;
  const scripts = [makeClients(CLIENTS, "user", 47), denied.clientsWithToken(CLIENTS)].map(
    (clients, at) => {
      const file = join(directory, `memory${at}.lua`);
      writeFileSync(file, wrkScript(clients));
      return file;
    },
  );
  try {
    const atStart = residentMiB(pid);
    let highest = atStart;
    let requests = 0;
    for (let round = 0; requests < wanted; round++) {
      const run = await runWrk(wrk, scripts[round % 2] ?? "", proxy.port, isFull ? 10 : 2);
      if (run.requests === 0) throw new TypeError("the proxy answers nothing");
      requests += run.requests;
      highest = Math.max(highest, residentMiB(pid));
    }
    const after = residentMiB(pid);
    return {
      tables: [
        {
          caption: "Memory: one edge thread, 64 APIs, 10,000 entries",
          columns: ["requests", "MiB at the start", "MiB after them", "highest seen"],
          rows: [{ subject: "resident", cells: [requests, atStart, after, highest] }],
        },
      ],
      figures: [
        {
          name: `resident memory after ${wanted.toLocaleString("en-US")} requests`,
          unit: "MiB",
          atMost: LIMIT_MIB,
          measured: { median: after, low: atStart, high: highest },
        },
      ],
    };
  } finally {
    await proxy.child.stop();
  }
}
