import { spawnSync } from "node:child_process";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

import { StoreCorruptError } from "../errors.ts";

const MAGIC = 0xbeefc0de;
const HEAD_BYTES = 160;
const MAGIC_AT = 24;
const PAGE_SIZE_AT = 48;
const LAST_PAGE_AT = 144;
const TRANSACTION_AT = 152;
const PROBE_MS = 60_000;

/** Walks every record of the file. A page that is not there ends the process, not the caller's. */
const PROBE = `
  const { open } = await import(process.argv[1]);
  const options = { keyEncoding: "binary", encoding: "binary" };
  const root = open({ ...options, path: process.argv[2], readOnly: true });
  let bytes = 0;
  for (const key of Array.from(root.getKeys())) {
    const table = root.openDB(Buffer.from(key).toString().replace(/\\0$/, ""), options);
    for (const entry of table.getRange()) bytes += entry.value.length;
  }
  process.exit(bytes > 0 ? 0 : 1);
`;

/**
 * Looks at a data file before LMDB maps it, and throws a `StoreCorruptError` unless it is whole.
 *
 * LMDB trusts its file: one that is foreign or cut short ends the process with a signal. So the
 * two meta pages are read first. A file shorter than they say is either cut or ends in pages that
 * were given back before they were written; a process of its own finds out which.
 */
export function checkDataFile(path: string): void {
  const file = openSync(path, "r");
  try {
    const size = fstatSync(file).size;
    if (size === 0) return;
    const first = readMeta(file, 0, path);
    const second = readMeta(file, first.pageSize, path);
    const newest = second.transaction > first.transaction ? second : first;
    const claimed = (newest.lastPage + 1n) * BigInt(first.pageSize);
    if (BigInt(size) < claimed && !isReadable(path)) {
      throw new StoreCorruptError(path, new RangeError(`${size} of ${claimed} bytes are there`));
    }
  } finally {
    closeSync(file);
  }
}

interface Meta {
  readonly pageSize: number;
  readonly lastPage: bigint;
  readonly transaction: bigint;
}

function readMeta(file: number, position: number, path: string): Meta {
  const head = Buffer.alloc(HEAD_BYTES);
  const count = readSync(file, head, 0, HEAD_BYTES, position);
  const pageSize = head.readUInt32LE(PAGE_SIZE_AT);
  if (count < HEAD_BYTES || head.readUInt32LE(MAGIC_AT) !== MAGIC || !isPageSize(pageSize)) {
    throw new StoreCorruptError(path, new TypeError("not a data file of the store"));
  }
  return {
    pageSize,
    lastPage: head.readBigUInt64LE(LAST_PAGE_AT),
    transaction: head.readBigUInt64LE(TRANSACTION_AT),
  };
}

/** A power of two from 256 to 64 Ki, which is what LMDB takes. */
function isPageSize(size: number): boolean {
  return size >= 0x1_00 && size <= 0x1_00_00 && (size & (size - 1)) === 0;
}

function isReadable(path: string): boolean {
  const script = ["--input-type=module", "--eval", PROBE, import.meta.resolve("lmdb"), path];
  const options = { stdio: "ignore", timeout: PROBE_MS } as const;
  return spawnSync(process.execPath, script, options).status === 0;
}
