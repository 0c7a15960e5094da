import { ALLOW, FLAG_MASK } from "./list-flags.ts";
import { ListsArgumentError } from "./lists-error.ts";
import { NEVER } from "./slot-state.ts";

const MAX_EXPIRY = NEVER - 1;
const WHOLE_ADDRESS = 128;

/** Throws on an entry that a cell cannot hold: anything else would be listed as something different. */
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

/** Throws on what is no prefix length of a 128-bit address. */
export function checkPrefix(prefix: number): void {
  if (Number.isInteger(prefix) && prefix >= 0 && prefix <= WHOLE_ADDRESS) return;
  throw new ListsArgumentError("prefix", "an integer from 0 to 128");
}
