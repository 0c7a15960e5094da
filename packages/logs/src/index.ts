export { AccessLog } from "./access-log.ts";
export { AccessRecord } from "./access-record.ts";
export {
  type AuditEntry,
  AuditLog,
  type AuditResource,
  type AuditSubject,
  formatAuditLine,
} from "./audit-log.ts";
export { ClockText } from "./clock-text.ts";
export { formatAccessLine } from "./format-access-line.ts";
