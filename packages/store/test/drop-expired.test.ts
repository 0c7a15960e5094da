import { expect, onTestFinished, test, vi } from "vitest";

import { Table } from "../src/lmdb/table.ts";
import { entry, freshDirectory, openTestStore } from "./fixtures.ts";

const MANY = 5000;

/** A store that counts how often its rows are gone through. */
function countedStore() {
  const searched = vi.fn<() => void>();
  // oxlint-disable-next-line typescript/unbound-method -- called with the table that it belongs to
  const { scanner } = Table.prototype;
  const spy = vi.spyOn(Table.prototype, "scanner").mockImplementation(function counted(
    this: Table,
    ...reader
  ) {
    const scan = scanner.apply(this, reader);
    return (range) => {
      searched();
      return scan(range);
    };
  });
  onTestFinished(() => spy.mockRestore());
  return { ...openTestStore(freshDirectory()), searched };
}

test("nothing is gone through before something can have expired", async () => {
  const { lists, searched } = countedStore();
  await lists.put([
    entry({ value: "never" }),
    entry({ value: "soon", expiresAt: 50 }),
    entry({ value: "late", expiresAt: 90 }),
  ]);
  const at = async (second: number): Promise<[number, boolean]> => {
    searched.mockClear();
    return [await lists.dropExpired(second), searched.mock.calls.length > 0];
  };
  // The first time, nothing is known of what was there before.
  expect(await at(10)).toEqual([0, true]);
  expect(await at(49)).toEqual([0, false]);
  await lists.put([entry({ value: "sooner", expiresAt: 40 })]);
  expect(await at(49)).toEqual([1, true]);
  expect(await at(50)).toEqual([1, true]);
  expect(await at(89)).toEqual([0, false]);
  await lists.put([entry({ value: "late", expiresAt: 95 })]);
  expect(await at(90)).toEqual([0, true]);
  expect(await at(95)).toEqual([1, true]);
  expect(await at(1e9)).toEqual([0, false]);
});

test("whoever has read all keys has found by the way when the first one expires", async () => {
  const { lists, searched } = countedStore();
  await lists.put([
    entry({ value: "never" }),
    entry({ value: "late", source: "analytics", expiresAt: 90 }),
    entry({ value: "allowed", list: "allow", source: "manual", expiresAt: 20 }),
  ]);
  const isSearched = async (second: number): Promise<boolean> => {
    searched.mockClear();
    await lists.dropExpired(second);
    return searched.mock.calls.length > 0;
  };
  expect([...lists.keys()]).toHaveLength(3);
  expect(await isSearched(89)).toBe(false);
  expect(await isSearched(90)).toBe(true);
  expect([...lists.keys()]).toHaveLength(2);
  await lists.put([entry({ value: "soon", expiresAt: 160 })]);
  expect(await isSearched(159)).toBe(false);
  expect(await isSearched(160)).toBe(true);

  // Not who has read some of them, nor who has stopped before the end.
  const part = openTestStore(freshDirectory());
  await part.lists.put([entry({ value: "a" }), entry({ value: "over", expiresAt: 5 })]);
  expect([...part.lists.keys({ list: "allow" })]).toEqual([]);
  for (const key of part.lists.keys()) if (key.expiresAt === 0) break;
  expect(await part.lists.dropExpired(6)).toBe(1);
});

test("what is committed behind a search that has passed its place is found when it expires", async () => {
  const { lists } = openTestStore(freshDirectory());
  await lists.put([entry({ value: "over", source: "analytics", expiresAt: 1 })]);
  const putting = lists.put([entry({ value: "late", source: "manual", expiresAt: 7 })]);
  const [dropped] = await Promise.all([lists.dropExpired(2), putting]);
  expect(dropped).toBe(1);
  expect(await lists.dropExpired(7)).toBe(1);
});

test("a search that failed is made again", async () => {
  const { lists, searched } = countedStore();
  await lists.put([entry({ value: "over", expiresAt: 1 })]);
  searched.mockImplementationOnce(() => {
    throw new Error("the disk is gone");
  });
  await expect(lists.dropExpired(2)).rejects.toThrow("the disk is gone");
  expect(await lists.dropExpired(2)).toBe(1);
});

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
