import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

import { expect, test } from "vitest";

import { definition } from "../support/definition.ts";
import { IdleClients } from "../support/idle-clients.ts";
import { ProxyProcess } from "../support/proxy-process.ts";
import { ask } from "../support/request.ts";
import { Upstream } from "../support/upstream.ts";

const CONNECTIONS = 10_000;
/** Of the proxy, and of the process that holds the clients: with a good deal for everything else. */
const OPEN_FILES = 12_000;
/**
 * About half of one was seen; the rest is for two heaps, which may be some ten megabytes larger or smaller at the
 * time. A proxy that kept a buffer of 16 KiB for each connection would be over it.
 */
const KILOBYTES_EACH = 10;
/** Somebody else, meanwhile, waits at most so long. */
const SERVED_WITHIN_MS = 2_000;
const LIMITS = "/proc/self/limits";

const mayOpen = mayOpenFiles();

test.skipIf(mayOpen < OPEN_FILES)(
  `10,000 idle connections take little memory, keep nobody waiting, and leave nothing behind (needs Linux and a hard limit of ${OPEN_FILES} open files, here ${mayOpen})`,
  async () => {
    const upstream = await Upstream.start();
    const proxy = await ProxyProcess.start({
      apis: { shop: definition("/shop", upstream.port) },
      openFiles: OPEN_FILES,
    });
    const clients = IdleClients.start(proxy.port, OPEN_FILES);
    const sockets = (): number =>
      proxy.openFiles().filter((file) => file.startsWith("socket:")).length;
    const socketsBefore = sockets();
    // As many requests as are to come, over few connections: what a heap grows by for them is not theirs.
    await clients.open(100, CONNECTIONS / 100);
    await clients.leave();
    await expect.poll(sockets, { timeout: 20_000 }).toBe(socketsBefore);
    const filesBefore = proxy.openFiles().length;
    const before = proxy.residentBytes();

    let isCrowded = true;
    const others = serveOthers(proxy.port, () => isCrowded);
    // Its failure is told at the end, and not in place of what failed first.
    others.catch(() => undefined);
    expect(await clients.open(CONNECTIONS, 1)).toBe(CONNECTIONS);
    expect(await clients.rest()).toBe(CONNECTIONS);
    const crowded = proxy.residentBytes();
    expect(sockets()).toBeGreaterThanOrEqual(socketsBefore + CONNECTIONS);
    // Nobody asks any more: the proxy closes them all, and none before its time.
    await expect.poll(() => clients.goneAfter?.length, { timeout: 40_000 }).toBe(CONNECTIONS);
    isCrowded = false;
    const { served, slowestMs } = await others;
    const idleMs = clients.goneAfter ?? [];
    await expect.poll(() => proxy.openFiles().length, { timeout: 20_000 }).toBe(filesBefore);

    // As many again, which close themselves.
    await clients.open(CONNECTIONS, 1);
    const again = proxy.residentBytes();
    await clients.leave();
    await expect.poll(() => proxy.openFiles().length, { timeout: 20_000 }).toBe(filesBefore);
    const each = (bytes: number): number => (bytes - before) / 1024 / CONNECTIONS;
    reportFigures({
      name: "idle connections",
      connections: CONNECTIONS,
      megabytesBefore: before / 1024 / 1024,
      kilobytesEach: each(crowded),
      kilobytesEachAgain: each(again),
      megabytesAfter: proxy.residentBytes() / 1024 / 1024,
      shortestIdleMs: Math.min(...idleMs),
      longestIdleMs: Math.max(...idleMs),
      others: served,
      slowestMs,
    });
    expect(each(crowded)).toBeLessThan(KILOBYTES_EACH);
    // What was taken for the first is used for these.
    expect(each(again)).toBeLessThan(KILOBYTES_EACH);
    expect(Math.min(...idleMs)).toBeGreaterThan(5_000);
    expect(served).toBeGreaterThan(50);
    expect(slowestMs).toBeLessThan(SERVED_WITHIN_MS);
  },
  120_000,
);

/** Somebody else, who comes anew for each request. */
async function serveOthers(
  port: number,
  goesOn: () => boolean,
): Promise<{ served: number; slowestMs: number }> {
  let served = 0;
  let slowestMs = 0;
  while (goesOn()) {
    const startedAt = performance.now();
    expect(await ask(port, { path: "/shop/a" })).toMatchObject({ status: 200, text: "hello" });
    slowestMs = Math.max(slowestMs, performance.now() - startedAt);
    served++;
    await pause(20);
  }
  return { served, slowestMs };
}

/** The hard limit of open files; 0 where `/proc` does not tell. */
function mayOpenFiles(): number {
  if (!existsSync(LIMITS)) return 0;
  const hard = /^Max open files +\d+ +(\d+|unlimited)/m.exec(readFileSync(LIMITS, "utf8"))?.[1];
  return hard === "unlimited" ? Infinity : Number(hard ?? 0);
}

/** Written where `PORTCULLIS_FIGURES` says, for those who want to read them. */
function reportFigures(figures: Readonly<Record<string, string | number>>): void {
  const file = process.env["PORTCULLIS_FIGURES"];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(figures)}\n`);
}
