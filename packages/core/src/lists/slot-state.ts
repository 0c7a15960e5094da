import { ALLOW, DENY_MASK, FLAG_MASK } from "./list-flags.ts";

/*
 * The state word of a cell, written last and atomically:
 *
 *   bits 0-7    flags
 *   bit  8      the key words are written; a state of 0 is a cell never used
 *   bit  9      the expiry is being changed
 *   bits 10-17  prefix length + 1 of an address range, 0 for any other entry
 *   bits 18-31  version: every change of the cell counts one up, so that a reader sees that one came between
 */

/** The key words of the cell are written and will never change in this part. */
const KEY_WRITTEN: number = 1 << 8;

/** A writer is between two expiries; the flags in the word hold meanwhile. */
export const EXPIRY_CHANGING: number = 1 << 9;

const PREFIX_SHIFT = 10;
const PREFIX_FIELD = 0xff;
const VERSION_STEP = 1 << 18;

/** What `flagsOf` reports as the end of an entry without one; later than any expiry. */
export const NEVER = 0xffff_ffff;

/** The bits of an IPv6 customer's network: such ranges are so many that they stand in the tables. */
export const NETWORK_PREFIX = 64;

/** The part of a new entry's state that is not flags. `prefix` is -1 where it is not a range. */
export function newEntryState(prefix: number): number {
  return KEY_WRITTEN | ((prefix + 1) << PREFIX_SHIFT);
}

/** The prefix length of a range, -1 for any other entry. */
export function prefixOf(state: number): number {
  return ((state >>> PREFIX_SHIFT) & PREFIX_FIELD) - 1;
}

/** The next state of a cell: one version on, with these flags. */
export function successor(state: number, flags: number): number {
  return ((state + VERSION_STEP) & ~(FLAG_MASK | EXPIRY_CHANGING)) | flags;
}

/** Whether an expiry in unix seconds, 0 for never, has come. */
export function isExpired(expiry: number, nowSeconds: number): boolean {
  return expiry !== 0 && nowSeconds >= expiry;
}

/** The flags that hold at `nowSeconds`: an expiry ends denials, never an allow entry. */
export function liveFlags(state: number, expiry: number, nowSeconds: number): number {
  return state & (isExpired(expiry, nowSeconds) ? ALLOW : FLAG_MASK);
}

/** The expiry of a cell that holds `kept` and takes `flag`: the later one, and 0 is the latest. */
export function mergeExpiry(
  kept: number,
  keptExpiry: number,
  flag: number,
  expiry: number,
): number {
  if ((kept & DENY_MASK) === 0) return (flag & DENY_MASK) === 0 ? 0 : expiry;
  if ((flag & DENY_MASK) === 0) return keptExpiry;
  return keptExpiry === 0 || expiry === 0 ? 0 : Math.max(keptExpiry, expiry);
}
