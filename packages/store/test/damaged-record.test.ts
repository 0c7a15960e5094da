import { describe, expect, test } from "vitest";

import { StoreCorruptError } from "../src/errors.ts";
import type { ListEntry } from "../src/list-entry.ts";
import { RecordCodec } from "../src/lmdb/record-codec.ts";
import { entry, freshDirectory, openTestStore } from "./fixtures.ts";
import { filled, tamper } from "./tamper.ts";

const flipFirst = (bytes: Buffer, index: number): Buffer => {
  if (index === 0) bytes[bytes.length - 3] = (bytes[bytes.length - 3] ?? 0) ^ 1;
  return bytes;
};

describe("a damaged record", () => {
  test("of a list stops an iteration, unless somebody wants to know of it", async () => {
    const directory = freshDirectory();
    await filled(directory);
    await tamper(directory, "list-entries", flipFirst);
    const store = openTestStore(directory);
    expect(() => [...store.lists.entries()]).toThrow(StoreCorruptError);
    expect(() => [...store.lists.keys()]).toThrow(StoreCorruptError);
    const errors: StoreCorruptError[] = [];
    const values = Array.from(
      store.lists.entries({}, (e) => errors.push(e)),
      (e) => e.value,
    );
    expect(values).toEqual(["b", "c"]);
    expect(errors.map((error) => error.key)).toEqual(["lists/deny/protocol/1"]);
    expect(String(errors[0])).not.toMatch(/"a"|token1/);
  });

  test("of a list is still found, and mended by putting it again or cleared away", async () => {
    const directory = freshDirectory();
    await filled(directory);
    await tamper(directory, "list-entries", flipFirst);
    const store = openTestStore(directory);
    expect(store.lists.has("deny", entry({ value: "a" }))).toBe(true);
    await expect(store.lists.remove("deny", entry({ value: "a" }))).rejects.toThrow(
      StoreCorruptError,
    );
    expect(store.lists.count("deny", "protocol")).toBe(3);
    expect(await store.lists.put([entry({ value: "a" })])).toBe(0);
    expect(Array.from(store.lists.entries(), (e) => e.value)).toEqual(["a", "b", "c"]);
    expect(await store.lists.clear("deny")).toBe(3);
  });

  test("of a list stays where expired ones are dropped", async () => {
    const directory = freshDirectory();
    const store = openTestStore(directory);
    await store.lists.put(["a", "b"].map((value) => entry({ value, expiresAt: 1 })));
    await store.close();
    await tamper(directory, "list-entries", flipFirst);
    const { lists } = openTestStore(directory);
    expect(await lists.dropExpired(2)).toBe(1);
    expect(lists.count("deny", "protocol")).toBe(1);
    expect(() => [...lists.keys()]).toThrow(StoreCorruptError);
  });

  test("of the attack log does not hide the others", async () => {
    const directory = freshDirectory();
    await filled(directory);
    await tamper(directory, "attacks", flipFirst);
    const { attacks } = openTestStore(directory);
    const errors: StoreCorruptError[] = [];
    const found = [...attacks.between({ from: 0, to: 9 }, (e) => errors.push(e))];
    expect(found.map(({ at }) => at)).toEqual([2, 3]);
    expect(errors.map(({ key, code }) => [key, code])).toEqual([
      ["attacks/1/0", "ERR_STORE_CORRUPT"],
    ]);
    expect(() => [...attacks.between({ from: 0, to: 9 })]).toThrow(StoreCorruptError);
  });

  test("does not open under a key that it was moved to, with its checksum right", async () => {
    const directory = freshDirectory();
    const store = openTestStore(directory);
    await store.lists.put([entry(), entry({ value: "b", key: new Uint8Array(16).fill(2) })]);
    await store.close();
    const codec = new RecordCodec();
    await tamper(directory, "list-entries", (bytes, index) => {
      if (index > 0) return bytes;
      const fields = codec.decode(bytes);
      const moved = [0, new Uint8Array(16).fill(2), 0, 0, fields.number(4), null, fields.bytes(6)];
      return codec.encode(moved);
    });
    const errors: StoreCorruptError[] = [];
    const lists = openTestStore(directory).lists;
    const found: ListEntry[] = [...lists.entries({}, (error) => errors.push(error))];
    expect(found.map(({ value }) => value)).toEqual(["b"]);
    expect(errors).toHaveLength(1);
  });
});
