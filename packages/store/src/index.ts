export type { AttackCode, AttackRange, AttackRecord } from "./attack-record.ts";
export {
  StoreClosedError,
  StoreCorruptError,
  StoreError,
  type StoreErrorCode,
  StoreKeyError,
  StoreOpenError,
  StoreVersionError,
  StoreWriteError,
} from "./errors.ts";
export type { ListEntry, ListFilter, ListKey, ListName } from "./list-entry.ts";
export { openMemoryStore } from "./memory-store.ts";
export { openStore } from "./open-store.ts";
export type {
  Attacks,
  DefinitionOverride,
  Definitions,
  Lists,
  OnCorrupt,
  Store,
  StoreOptions,
  Switches,
  SwitchValue,
} from "./store.ts";
