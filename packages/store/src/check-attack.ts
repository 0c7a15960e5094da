import type { AttackRecord } from "./attack-record.ts";
import { checkWhole } from "./check-list-entry.ts";
import { ATTACK_CODES, KINDS } from "./numbering.ts";

/** The latest time that the log can hold: it has six bytes for it. */
export const MAX_TIME: number = 2 ** 48 - 1;

/** Throws a `RangeError` unless the record is one that the log can hold. */
export function checkAttack(record: AttackRecord): void {
  checkWhole("at", record.at, MAX_TIME);
  ATTACK_CODES.numberOf(record.code);
  KINDS.numberOf(record.client.kind);
}

/** A bound as a time that the log can hold; throws a `RangeError` if it is not a number. */
export function clampTime(bound: number): number {
  if (Number.isNaN(bound)) throw new RangeError("expected a time, got NaN");
  return Math.min(Math.max(bound, 0), MAX_TIME);
}
