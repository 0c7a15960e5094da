import { setTimeout as pause } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";

import { beforeAll, describe, expect, test } from "vitest";

import { type BothWays, bothWays, inFrontOf } from "../programs/support/both-ways.ts";
import { presenceOf, runProgram } from "../programs/support/program.ts";
import { ask } from "../support/request.ts";
import { Upstream } from "../support/upstream.ts";

const h2load = presenceOf("h2load", "apt-get install nghttp2-client");
const slow = presenceOf("slowhttptest", "apt-get install slowhttptest");
const REQUESTS = 5000;

let ways: BothWays;

beforeAll(async () => {
  ways = await inFrontOf((await Upstream.start()).port);
});

describe.skipIf(h2load.isAbsent)(`h2load --h1${h2load.reason}`, () => {
  test.for([
    { name: "GET", args: [] },
    { name: "POST", args: ["-d", new URL(import.meta.url).pathname] },
  ])("has every $name answered, as without the proxy", { timeout: 60_000 }, async ({ args }) => {
    const outcomes = await bothWays(ways, async (base) => {
      const { code, stdout } = await runProgram("h2load", h2loadArguments(args, base));
      return {
        code,
        lines: stdout.split("\n").filter((line) => /^(requests|status codes):/.test(line)),
      };
    });
    expect(outcomes.proxied).toEqual(outcomes.direct);
    expect(JSON.stringify(outcomes.proxied)).toContain(`${REQUESTS} succeeded, 0 failed`);
  });
});

describe.skipIf(slow.isAbsent)(`slowhttptest${slow.reason}`, () => {
  test.for([
    { name: "slow heads", args: ["-H", "-i", "1"] },
    { name: "slow bodies", args: ["-B", "-i", "1", "-s", "100000"] },
    { name: "slow reading", args: ["-X", "-w", "10", "-y", "20", "-n", "1", "-z", "5", "-k", "3"] },
  ])("does not keep others from being served: $name", { timeout: 60_000 }, async ({ args }) => {
    const state = { isOver: false };
    const attack = runProgram("slowhttptest", slowArguments(args, ways.proxied)).finally(() => {
      state.isOver = true;
    });
    const times: number[] = [];
    while (!state.isOver) {
      const startedAt = performance.now();
      expect(await ask(ways.proxy.port, { path: "/b" })).toMatchObject({ status: 200 });
      times.push(performance.now() - startedAt);
      await pause(20);
    }
    const said = stripVTControlCharacters((await attack).stdout);
    expect(said).toMatch(/service available: +YES/);
    expect(said).not.toMatch(/service available: +NO/);
    expect(times.length).toBeGreaterThan(20);
    // The time in which anybody would wait at all, on a machine that does other things meanwhile.
    expect(Math.max(...times)).toBeLessThan(3000);
  });
});

function h2loadArguments(args: readonly string[], base: string): string[] {
  return ["--h1", "-n", String(REQUESTS), "-c", "50", "-t", "1", ...args, `${base}/a`];
}

/** 500 connections for six seconds. */
function slowArguments(args: readonly string[], base: string): string[] {
  return [...args, "-c", "500", "-r", "250", "-l", "6", "-p", "3", "-u", `${base}/a`];
}
