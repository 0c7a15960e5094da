import { setTimeout as pause } from "node:timers/promises";

import { describe, expect, test } from "vitest";

import { definition, pattern } from "../support/definition.ts";
import { denied, report } from "../support/management.ts";
import { ProxyProcess } from "../support/proxy-process.ts";
import { RawConnection } from "../support/raw-connection.ts";
import { ask, askEachEdge, askOver, connectToEdge } from "../support/request.ts";
import { Upstream } from "../support/upstream.ts";
import { waitFor } from "../support/wait-for.ts";

const ROUNDS = 4;
/** What is older than this when the power fails is on disk. */
const ON_DISK_AFTER_MS = 50;
/** Between two requests of one client: load, but not so much that the processor is what is tested. */
const PAUSE_MS = 1;
/** Of what was denied, so many are tried over a socket on each edge; all are looked up in the list. */
const TRIED = 20;

/** What was written down of one round, as it was acknowledged. */
interface Log {
  readonly commands: string[];
  readonly offences: { readonly token: string; readonly atMs: number }[];
}

describe("a proxy that is killed under load", () => {
  test("has every acknowledged entry and every older attack when it is back, in each of several rounds", async () => {
    const upstream = await Upstream.start();
    const apis = {
      shop: definition("/shop", upstream.port, {
        oauth2_access_token: true,
        ...pattern({ methods_allowed: ["GET"] }),
      }),
    };
    let proxy = await ProxyProcess.start({ apis });
    const { config, state } = proxy;
    const log: Log = { commands: [], offences: [] };
    for (let round = 0; round < ROUNDS; round++) {
      const killedAtMs = await loadUntilKilled(proxy, round, log);
      proxy = await ProxyProcess.start({ config, state });
      await expectKept(proxy, log, killedAtMs);
    }
    expect(log.commands.length).toBeGreaterThan(ROUNDS * 10);
    expect(log.offences.length).toBeGreaterThan(ROUNDS * 50);
    await expectEnforced(proxy, log);
  });
});

/** Commands over REST and offences over both edges, until the process is gone; resolves to when. */
async function loadUntilKilled(proxy: ProxyProcess, round: number, log: Log): Promise<number> {
  const before = { commands: log.commands.length, offences: log.offences.length };
  const load = [
    sendCommands(proxy, `${round}-a`, log),
    sendCommands(proxy, `${round}-b`, log),
    sendOffences(proxy, 1, round, log),
    sendOffences(proxy, 2, round, log),
  ];
  const startedAt = performance.now();
  // No round stops at the same point of its batches as another one.
  await waitFor("some load", () => {
    const isLong = performance.now() - startedAt > 400 + 37 * round;
    return (
      isLong &&
      log.commands.length - before.commands > 10 &&
      log.offences.length - before.offences > 50
    );
  });
  const killedAtMs = Date.now();
  await proxy.kill();
  await Promise.all(load);
  return killedAtMs;
}

/** Adds entries one after the other; only what was acknowledged is written down. */
async function sendCommands(proxy: ProxyProcess, name: string, log: Log): Promise<void> {
  const connection = await RawConnection.open(proxy.managementPort);
  const headers = { "x-ase-access-key": "admin", "x-ase-secret-key": proxy.secret };
  for (let n = 0; !connection.isOver; n++) {
    const value = `command-${name}-${n}`;
    const body = JSON.stringify({ type: "token", value });
    const answer = await tryAsk(connection, {
      method: "POST",
      path: "/v4/ase/firewall/blacklist",
      headers,
      body,
    });
    if (answer === 200) log.commands.push(value);
    await pause(PAUSE_MS);
  }
}

async function sendOffences(
  proxy: ProxyProcess,
  edge: number,
  round: number,
  log: Log,
): Promise<void> {
  const connection = await connectToEdge(proxy.port, edge);
  for (let n = 0; !connection.isOver; n++) {
    const token = `offence-${round}-${edge}-${n}`;
    const headers = { authorization: `Bearer ${token}` };
    const answer = await tryAsk(connection, { method: "PUT", path: "/shop/a", headers });
    if (answer === 401) log.offences.push({ token, atMs: Date.now() });
    await pause(PAUSE_MS);
  }
}

/** The status of the answer; `undefined` where the connection ended first. */
async function tryAsk(
  connection: RawConnection,
  request: Parameters<typeof askOver>[1],
): Promise<number | undefined> {
  try {
    return (await askOver(connection, request)).status;
  } catch {
    return undefined;
  }
}

async function expectKept(proxy: ProxyProcess, log: Log, killedAtMs: number): Promise<void> {
  const list = new Set(await denied(proxy));
  expect(log.commands.filter((token) => !list.has(`manual token ${token}`))).toEqual([]);
  const old = log.offences.filter(({ atMs }) => atMs < killedAtMs - ON_DISK_AFTER_MS);
  expect(old.filter(({ token }) => !list.has(`invalid_method token ${token}`))).toEqual([]);
  const { text } = await report(proxy, "api=shop&type=101");
  const reported: { access_tokens: { access_token: string }[] } = JSON.parse(text);
  const tokens = new Set(reported.access_tokens.map((each) => each.access_token));
  expect(old.filter(({ token }) => !tokens.has(token))).toEqual([]);
  expect((await ask(proxy.port, { path: "/shop/a" })).status).toBe(200);
  // What came in the last moments may be gone, and then it is not looked for in the next round.
  log.offences.splice(0, log.offences.length, ...old);
}

async function expectEnforced(proxy: ProxyProcess, log: Log): Promise<void> {
  const step = Math.ceil(log.commands.length / TRIED);
  for (const [n, token] of log.commands.entries()) {
    if (n % step !== 0) continue;
    const request = { path: "/shop/a", headers: { authorization: `Bearer ${token}` } };
    for (const answer of await askEachEdge(proxy.port, request)) expect(answer.status).toBe(403);
  }
}
