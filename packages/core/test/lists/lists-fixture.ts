import { ClientLists, type ClientListsOptions } from "../../src/lists/client-lists.ts";
import { compileHashKey, hashIdentifier } from "../../src/lists/keyed-hash.ts";
import { allocateLists, type ListBuffers } from "../../src/lists/list-layout.ts";
import { ListTable } from "../../src/lists/list-table.ts";

export const KEY_BYTES: Uint8Array = Uint8Array.from({ length: 16 }, (_, i) => i * 11);
export const key = compileHashKey(KEY_BYTES);

export const NOW = 1_800_000_000;

/** Lists of this thread alone, in which no table is ever missed. */
export function openLists(options: Partial<ClientListsOptions> = {}): ClientLists {
  return new ClientLists({
    key,
    buffers: allocateLists(64),
    writerId: 1,
    replaced: () => undefined,
    ...options,
  });
}

/** The one table of small lists. */
export function tableOf({ parts }: ListBuffers): ListTable {
  const [table] = parts;
  if (table === undefined) throw new TypeError("lists without a table");
  return new ListTable(table);
}

/** So little more room that no part has it. */
export function roomToRebuild(lists: ClientLists): { entries: number; ranges: number } {
  return { entries: lists.cells() - lists.entries() - lists.vacant(), ranges: 100 };
}

/** Builds the tables and the tree anew, whether they ask for it or not. */
export function rebuild(lists: ClientLists, publish: (part: SharedArrayBuffer) => void): void {
  lists.grow(NOW, publish, roomToRebuild(lists));
}

/** The hash of the token `value`. */
export function tokenKey(value: string): Int32Array {
  const keys = new Int32Array(4);
  hashIdentifier(key, 0, "", value, keys, 0);
  return keys;
}

/** `a.b.c.d` as an IPv4-mapped 128-bit address. */
export function ipv4(a: number, b: number, c: number, d: number): Uint32Array {
  return Uint32Array.of(0, 0, 0xffff, (a << 24) | (b << 16) | (c << 8) | d);
}
