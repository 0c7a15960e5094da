import { Packr } from "msgpackr";
import { describe, expect, test } from "vitest";

import { readPlainKey } from "../src/lmdb/read-plain-key.ts";

const packr = new Packr({ useRecords: false });
const KEY = Uint8Array.from({ length: 16 }, (_, at) => 255 - at);
const SEALED = new Uint8Array(40);

/** A record's body with these fields in place of its own. */
function bodyOf(given: Readonly<Record<number, unknown>> = {}): Uint8Array {
  const fields = [2, Buffer.from(KEY), 128, 0, 1_800_000_000_000, null, SEALED, SEALED];
  return new Uint8Array(packr.pack(fields.map((field, at) => (at in given ? given[at] : field))));
}

describe("the leading fields of an entry", () => {
  const numbers = [0, 1, 127, 128, 255, 256, 65_535, 65_536, 1_800_000_000, 2 ** 32 - 1];
  test.for(numbers)("are read as they were packed: %i", (number) => {
    for (const prefix of [0, 64, 128]) {
      const plain = readPlainKey(bodyOf({ 2: prefix, 3: number }));
      expect(plain).toEqual({ kind: 2, key: KEY, prefix, expiresAt: number, api: undefined });
    }
  });

  test.for(["a", "shop", "a".repeat(31), "a".repeat(32), "a".repeat(255)])(
    "say which API an offence was seen at: %s",
    (api) => {
      expect(readPlainKey(bodyOf({ 5: api }))).toMatchObject({ kind: 2, prefix: 128, api });
    },
  );

  test.for<{ name: string; body: Uint8Array }>([
    { name: "with an API that is not ASCII", body: bodyOf({ 5: "läden" }) },
    { name: "with an API without a name", body: bodyOf({ 5: "" }) },
    { name: "with an API that is a number", body: bodyOf({ 5: 7 }) },
    { name: "that ends within its API", body: bodyOf({ 5: "shop" }).subarray(0, -86) },
    { name: "with an API of 256 bytes", body: bodyOf({ 5: "a".repeat(256) }) },
    { name: "with a key of another length", body: bodyOf({ 1: Buffer.alloc(15) }) },
    { name: "with an expiry past 32 bits", body: bodyOf({ 3: 2 ** 33 }) },
    { name: "with a negative prefix", body: bodyOf({ 2: -1 }) },
    { name: "with a kind that is a text", body: bodyOf({ 0: "ip" }) },
    { name: "of fewer fields", body: packr.pack([2, Buffer.from(KEY), 128, 0]) },
    { name: "cut short", body: bodyOf().subarray(0, 20) },
    { name: "of nothing", body: new Uint8Array(0) },
  ])("are left to the unpacker: $name", ({ body }) => {
    expect(readPlainKey(body)).toBeUndefined();
  });
});
