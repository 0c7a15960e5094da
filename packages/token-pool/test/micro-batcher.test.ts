import { expect, test } from "vitest";

import { MicroBatcher } from "../src/micro-batcher.ts";
import { PoolClosedError, PoolSaturatedError } from "../src/verify.ts";

function recording(maxBatch = 3, maxWaiting = 100) {
  const batches: (readonly number[])[] = [];
  const batcher = new MicroBatcher<number, number>({
    maxBatch,
    maxWaiting,
    run: async (items) => {
      batches.push(items);
      return items.map((item) => item * 10);
    },
  });
  return { batcher, batches };
}

test("what one turn asks for travels together, and each gets its own answer", async () => {
  const { batcher, batches } = recording(10);
  expect(await Promise.all([1, 2, 3].map((item) => batcher.add(item)))).toEqual([10, 20, 30]);
  await batcher.add(4);
  expect(batches).toEqual([[1, 2, 3], [4]]);
});

test("a full batch does not wait for the end of the turn", async () => {
  const { batcher, batches } = recording(2);
  const all = Promise.all([1, 2, 3].map((item) => batcher.add(item)));
  expect(batches).toEqual([[1, 2]]);
  await all;
  expect(batches).toEqual([[1, 2], [3]]);
});

test("past the limit an item is refused at once, and taken again when there is room", async () => {
  const { batcher } = recording(10, 2);
  const first = batcher.add(1);
  const second = batcher.add(2);
  await expect(batcher.add(3)).rejects.toThrow(PoolSaturatedError);
  await Promise.all([first, second]);
  expect(batcher.waiting).toBe(0);
  expect(await batcher.add(3)).toBe(30);
});

test("a batch that fails fails every item of it and no other", async () => {
  let calls = 0;
  const batcher = new MicroBatcher<number, number>({
    maxBatch: 2,
    maxWaiting: 10,
    run: async (items) => {
      calls++;
      if (calls === 1) throw new Error("lost");
      return calls === 2 ? items : [];
    },
  });
  const outcomes = await Promise.allSettled([1, 2, 3, 4, 5].map((item) => batcher.add(item)));
  expect(outcomes.map(({ status }) => status)).toEqual([
    "rejected",
    "rejected",
    "fulfilled",
    "fulfilled",
    "rejected",
  ]);
  expect(batcher.waiting).toBe(0);
});

test("closed, it refuses what waits and what comes", async () => {
  const { batcher, batches } = recording();
  const waiting = batcher.add(1);
  batcher.close();
  await expect(waiting).rejects.toThrow(PoolClosedError);
  await expect(batcher.add(2)).rejects.toThrow(PoolClosedError);
  expect(batches).toEqual([]);
});
