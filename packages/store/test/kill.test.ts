import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, expect, test } from "vitest";

import type { Store } from "../src/store.ts";
import { type BuiltStore, buildStore } from "./build-store.ts";
import { freshDirectory, openTestStore } from "./fixtures.ts";

const WRITER = fileURLToPath(new URL("write-until-killed.mjs", import.meta.url));
const ROUNDS = 8;
const BATCH = 20;

let built: BuiltStore;
beforeAll(() => {
  built = buildStore();
});
afterAll(() => built.remove());

/** Lets the writer acknowledge some batches, kills it, and returns the last one acknowledged. */
async function killAfter(directory: string, first: number, batches: number): Promise<number> {
  const child = spawn(process.execPath, [WRITER, built.url, directory, `${first}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  let last = first - 1;
  for await (const line of createInterface(child.stdout)) {
    last = Number(line);
    // A part of a batch's time later, so that it falls into any phase of a commit.
    if (last - first === batches) setTimeout(() => child.kill("SIGKILL"), Math.random() * 3);
  }
  expect(await exited).toEqual([null, "SIGKILL"]);
  return last;
}

/** Every batch that is there is whole, and every acknowledged one is there. */
function checkWhole(store: Store, acknowledged: number): number {
  const numbers = new Map<number, number>();
  for (const { value } of store.lists.entries()) {
    const number = Number(value.split("-")[0]);
    numbers.set(number, (numbers.get(number) ?? 0) + 1);
  }
  const newest = Math.max(0, ...numbers.keys());
  expect(newest).toBeGreaterThanOrEqual(acknowledged);
  for (let number = 1; number <= newest; number++) {
    const count = numbers.get(number) ?? 0;
    // Two batches later, one entry of the batch was taken away.
    expect(number <= acknowledged - 2 ? [BATCH - 1] : [BATCH - 1, BATCH]).toContain(count);
  }
  const total = [...numbers.values()].reduce((sum, count) => sum + count, 0);
  expect(store.lists.count("deny", "method")).toBe(total);
  const attacks = [...store.attacks.between({ from: 1, to: acknowledged })];
  expect(attacks).toHaveLength(2 * acknowledged);
  return newest;
}

test("after kill -9 every acknowledged write is there and none is there in part", async () => {
  const directory = freshDirectory();
  let newest = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const acknowledged = await killAfter(directory, newest + 1, 3 + round * 4);
    expect(acknowledged).toBeGreaterThan(newest);
    const store = openTestStore(directory);
    newest = checkWhole(store, acknowledged);
    await store.close();
  }
}, 60_000);
