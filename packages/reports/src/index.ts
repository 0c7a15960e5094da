export type {
  AttackDetail,
  AttackReport,
  CookieAttacks,
  IpAttacks,
  TokenAttacks,
} from "./attack-report.ts";
export { type AttackType, codesOf } from "./attack-types.ts";
export { buildAllAttacksReport } from "./build-all-attacks-report.ts";
export { type AttackReportRequest, buildAttackReport } from "./build-attack-report.ts";
export { createObfuscator } from "./create-obfuscator.ts";
export { type AttackQuery, type AttackQueryType, parseAttackQuery } from "./parse-attack-query.ts";
export { type Bound, formatReportDate, parseReportDate, type Timezone } from "./report-date.ts";
