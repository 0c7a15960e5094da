export type { AnswerHead } from "./answer/answer-head.ts";
export type { AnswerHandler } from "./answer-handler.ts";
export {
  SeatsTakenError,
  UpstreamError,
  type UpstreamErrorCode,
  UpstreamOptionsError,
} from "./errors.ts";
export { CHUNKED_BODY, NO_BODY, type UpstreamExchange } from "./exchange.ts";
export type { ExchangeEnd } from "./exchange.ts";
export { NO_SERVER, refusedFault, type UpstreamFault, type UpstreamFaultCode } from "./fault.ts";
export type { HealthChange } from "./health/health-check.ts";
export { HealthChecker } from "./health/health-checker.ts";
export type { HealthTarget } from "./health/health-target.ts";
export type { GroupServer, ServerGroupOptions } from "./servers/group-settings.ts";
export { type PoolDefaults, PoolRegistry } from "./servers/pool-registry.ts";
export { SeatDirectory, type SeatedApi } from "./servers/seat-directory.ts";
export type { ServerPlace } from "./servers/server-place.ts";
export { ServerGroup, type ServerView } from "./servers/server-group.ts";
export {
  allocateServerStates,
  ServerStates,
  type ServerStatesShape,
} from "./servers/server-states.ts";
export {
  fillSettings,
  type HostAddress,
  type HostLookup,
  type UpstreamOptions,
  type UpstreamSettings,
  type UpstreamTlsOptions,
} from "./settings.ts";
export { secureContextOf } from "./tls-context.ts";
export { atTurnEnd, type TurnJob, turnNumber } from "./turn-end.ts";
export { UpstreamPool, type UpstreamStats } from "./upstream-pool.ts";
