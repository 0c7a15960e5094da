import type { ListEntry } from "./list-entry.ts";
import { KINDS, LISTS, SOURCES } from "./numbering.ts";

const KEY_BYTES = 16;
const ADDRESS_BITS = 128;

/** Throws a `RangeError` unless the entry is one that the lists can hold. */
export function checkListEntry(entry: ListEntry): void {
  LISTS.numberOf(entry.list);
  SOURCES.numberOf(entry.source);
  KINDS.numberOf(entry.kind);
  if (entry.list === "allow" && entry.source !== "manual") {
    throw new RangeError(`an allow entry is manual, got ${entry.source}`);
  }
  if (entry.key.length !== KEY_BYTES) {
    throw new RangeError(`expected a key of ${KEY_BYTES} bytes, got ${entry.key.length}`);
  }
  checkWhole("prefix", entry.prefix, entry.kind === "ip" ? ADDRESS_BITS : 0);
  checkWhole("addedAt", entry.addedAt, Number.MAX_SAFE_INTEGER);
  checkWhole("expiresAt", entry.expiresAt, Number.MAX_SAFE_INTEGER);
}

/** Throws a `RangeError` unless `value` is a whole number from 0 to `max`. */
export function checkWhole(name: string, value: number, max: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= max) return;
  throw new RangeError(`expected ${name} to be a whole number from 0 to ${max}, got ${value}`);
}
