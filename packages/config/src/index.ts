export { type ConfigIssue, renderConfigIssue } from "./config-issue.ts";
export {
  type ConfigErrorCode,
  StateDamagedError,
  StateError,
  StateExposedError,
  StateLockedError,
  StateUnusableError,
} from "./errors.ts";
export {
  type Configuration,
  readConfiguration,
  type ReadConfiguration,
} from "./files/read-configuration.ts";
export {
  type DefinitionFile,
  type ParseDefinition,
  parseDefinitionText,
  type Read,
  readDefinition,
} from "./files/read-definition.ts";
export { type Arguments, parseArguments } from "./parse-arguments.ts";
export type { Options } from "./settings/options.ts";
export { parseSettings, settingsJsonSchema } from "./settings/parse-settings.ts";
export type {
  Endpoint,
  Limits,
  ListSettings,
  LogSettings,
  Settings,
  Timeouts,
  TokenIssuerSettings,
  UpstreamSettings,
} from "./settings/settings.ts";
export { openState, prepareState, type State, stateOwner } from "./state/open-state.ts";
export type { ReportKeys, Secrets } from "./state/secrets.ts";
