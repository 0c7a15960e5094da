import type { AttackReport } from "./attack-report.ts";
import type { AttackType } from "./attack-types.ts";
import { type AttackReportRequest, buildAttackReport } from "./build-attack-report.ts";

const TYPES: readonly AttackType[] = [100, 101];

/**
 * Type 0, the consolidated result: one report of each type, in the order of their numbers.
 *
 * A type without attacks is there too, as its empty frame: nothing happened is an answer, and
 * another one than nothing was looked for.
 */
export function buildAllAttacksReport(request: Omit<AttackReportRequest, "type">): AttackReport[] {
  const records = [...request.records];
  return TYPES.map((type) => buildAttackReport({ ...request, type, records }));
}
