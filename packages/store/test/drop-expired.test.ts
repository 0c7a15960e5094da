import { expect, test } from "vitest";

import { entry, freshDirectory, openTestStore } from "./fixtures.ts";

const MANY = 5000;

test("dropping what has expired ends soon when it is aborted, and goes on the next time", async () => {
  const { lists } = openTestStore(freshDirectory());
  await lists.put(
    Array.from({ length: MANY }, (_, at) =>
      entry({ value: `v${at}`, source: "manual", expiresAt: 1 }),
    ),
  );
  const stopping = new AbortController();
  const dropping = lists.dropExpired(2, stopping.signal);
  stopping.abort();
  const dropped = await dropping;
  expect(dropped).toBeGreaterThan(0);
  expect(dropped).toBeLessThan(MANY / 2);
  expect(lists.count("deny", "manual")).toBe(MANY - dropped);
  expect(await lists.dropExpired(2)).toBe(MANY - dropped);
  expect([...lists.keys()]).toEqual([]);
});
