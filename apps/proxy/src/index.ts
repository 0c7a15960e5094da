export { type ReadFiles, readFiles } from "./commands/read-files.ts";
export { type RunningProxy, startProxy, type StartOptions } from "./control/start-proxy.ts";
export {
  BadRequestError,
  ConflictError,
  EdgeStartError,
  ListenError,
  NotFoundError,
  ProxyError,
  type ProxyErrorCode,
  UwsUnavailableError,
} from "./errors.ts";
