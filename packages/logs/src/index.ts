export { AccessLog } from "./access-log.ts";
export { AccessRecord } from "./access-record.ts";
export {
  type AuditEntry,
  AuditLog,
  type AuditResource,
  type AuditSubject,
  formatAuditLine,
} from "./audit-log.ts";
