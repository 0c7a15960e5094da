export { type AttackCode, type AttackRange, type AttackRecord } from "./attack-record.ts";
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
export { type ListEntry, type ListFilter, type ListKey, type ListName } from "./list-entry.ts";
export { openMemoryStore } from "./memory-store.ts";
export { openStore } from "./open-store.ts";
export {
  type Attacks,
  type DefinitionOverride,
  type Definitions,
  type Lists,
  type OnCorrupt,
  type Store,
  type StoreOptions,
  type Switches,
  type SwitchValue,
} from "./store.ts";
