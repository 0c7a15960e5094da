import { ALLOW, FLAG_MASK, OPERATOR_MASK } from "./list-flags.ts";
import { ListsArgumentError } from "./lists-error.ts";
import { NEVER } from "./slot-state.ts";

const MAX_EXPIRY = NEVER - 1;

/** Throws on an entry that a slot cannot hold: anything else would be listed as something different. */
export function checkEntry(flag: number, expiry: number): void {
  if (flag === 0 || (flag & ~FLAG_MASK) !== 0) {
    throw new ListsArgumentError("flag", "flags of the lists, at least one");
  }
  if (!Number.isInteger(expiry) || expiry < 0 || expiry > MAX_EXPIRY) {
    throw new ListsArgumentError("expiry", "unix seconds, or 0 for never");
  }
  if (expiry !== 0 && (flag & ALLOW) !== 0) {
    throw new ListsArgumentError("expiry", "0 for an allow entry, which stays until it is removed");
  }
}

/**
 * How many slots may be taken before an entry with this flag is refused. What an attacker can make
 * the enforcer add stops one slot in 32 short of what an operator may add.
 */
export function entryLimit(capacity: number, flag: number): number {
  return (capacity / 32) * ((flag & OPERATOR_MASK) === 0 ? 25 : 26);
}
