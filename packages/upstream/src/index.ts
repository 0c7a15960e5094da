export type { AnswerHead } from "./answer/answer-head.ts";
export type { AnswerHandler } from "./answer-handler.ts";
export { UpstreamError, type UpstreamErrorCode, UpstreamOptionsError } from "./errors.ts";
export { CHUNKED_BODY, NO_BODY, type UpstreamExchange } from "./exchange.ts";
export type { UpstreamFault, UpstreamFaultCode } from "./fault.ts";
export {
  fillSettings,
  type UpstreamOptions,
  type UpstreamSettings,
  type UpstreamTlsOptions,
} from "./settings.ts";
export { UpstreamPool, type UpstreamStats } from "./upstream-pool.ts";
