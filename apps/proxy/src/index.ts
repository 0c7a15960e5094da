export { type ReadFiles, readFiles } from "./commands/read-files.ts";
export { type RunningProxy, startProxy, type StartOptions } from "./control/start-proxy.ts";
export {
  BadRequestError,
  CertificateError,
  ConflictError,
  EdgeStartError,
  ListenError,
  NotFoundError,
  ProxyError,
  type ProxyErrorCode,
  UwsUnavailableError,
} from "./errors.ts";
