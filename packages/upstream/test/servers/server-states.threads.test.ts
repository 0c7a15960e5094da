import { once } from "node:events";
import { Worker } from "node:worker_threads";

import { afterAll, expect, onTestFinished, test } from "vitest";

import { allocateServerStates, ServerStates } from "../../src/index.ts";
import { OK } from "../support/open-pool.ts";
import { RawUpstream } from "../support/raw-upstream.ts";
import { compileServers } from "./compile-servers.ts";

const compiled = compileServers();
afterAll(() => compiled.remove());

interface EdgeTask {
  readonly role: "claims" | "counts" | "requests" | "dies";
  readonly buffer: SharedArrayBuffer;
  readonly [more: string]: unknown;
}

/** Runs `threads` edges, which begin together, and returns what each of them says. */
async function runEdges(threads: number, task: EdgeTask): Promise<unknown[]> {
  const shared = new SharedArrayBuffer(8);
  const workers = Array.from({ length: threads }, (_, i) => {
    const workerData = { ...task, shared, threads, edge: i + 1, distUrl: compiled.url };
    return new Worker(new URL("edge-thread.mjs", import.meta.url), { workerData, execArgv: [] });
  });
  onTestFinished(async () => {
    await Promise.all(workers.map((worker) => worker.terminate()));
  });
  const event = task.role === "dies" ? "exit" : "message";
  const said = await Promise.all(workers.map((worker) => once(worker, event)));
  return said.map(([first]: unknown[]) => first);
}

function countedBy(said: unknown): number {
  const hasCounted = typeof said === "object" && said !== null && "counted" in said;
  return hasCounted && typeof said.counted === "number" ? said.counted : Number.NaN;
}

test("a quota holds at every moment, whichever threads ask for the last place", async () => {
  const buffer = allocateServerStates({ seats: 1, edges: 2 });
  const quota = 1;
  const said = await runEdges(2, { role: "claims", buffer, quota, rounds: 20_000 });
  expect(said).toEqual([
    { most: 1, taken: 20_000 },
    { most: 1, taken: 20_000 },
  ]);
  expect(new ServerStates(buffer, 0).openCount(0)).toBe(0);
});

test("a period has its requests exactly, however many threads count", async () => {
  const buffer = allocateServerStates({ seats: 1, edges: 2 });
  const limit = 50_000;
  const said = await runEdges(2, { role: "counts", buffer, limit });
  expect(new ServerStates(buffer, 0).requestCount(0, 42)).toBe(limit);
  const sum = said.reduce<number>((before, each) => before + countedBy(each), 0);
  expect(sum).toBe(limit);
});

test("two edges send no more to a server at once than its quota, and all are answered", async () => {
  let open = 0;
  let most = 0;
  const upstream = new RawUpstream((socket) => {
    open++;
    most = Math.max(most, open);
    setImmediate(() => {
      open--;
      socket.write(OK);
    });
  });
  onTestFinished(() => upstream.close());
  const port = await upstream.listen();
  const buffer = allocateServerStates({ seats: 1, edges: 2 });
  const spike = { count: 0, seconds: 1 };
  const servers = [{ host: "127.0.0.1", port, seat: 0, connectionQuota: 3, spike }];
  const said = await runEdges(2, { role: "requests", buffer, servers, count: 150 });
  expect(said).toEqual([
    { answered: 150, faults: [] },
    { answered: 150, faults: [] },
  ]);
  expect(most).toBeLessThanOrEqual(3);
  expect(new ServerStates(buffer, 0).openCount(0)).toBe(0);
});

test("an edge that dies with places in hand takes none with it", async () => {
  const buffer = allocateServerStates({ seats: 1, edges: 2 });
  const main = new ServerStates(buffer, 0);
  await runEdges(1, { role: "dies", buffer, quota: 3 });
  expect(main.openCount(0)).toBe(3);
  main.releaseEdge(1);
  expect(main.openCount(0)).toBe(0);
});
