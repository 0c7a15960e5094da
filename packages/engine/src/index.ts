export { ByteMeter } from "./byte-meter.ts";
export {
  API_ROWS,
  Counters,
  CUT_CAUSES,
  type CutCause,
  HISTOGRAM_BUCKETS,
  type HistogramCounts,
  NO_API_ROW,
  REASONS,
  UPSTREAM_OUTCOMES,
  VERDICT_KINDS,
} from "./counters.ts";
export { AddressRecords } from "./address-records.ts";
export { ClientSpikes } from "./client-spikes.ts";
export { Enforcer, type EnforcerOptions, type Offence } from "./enforcer.ts";
export { EngineError, type EngineErrorCode, ListsFullError } from "./errors.ts";
export { type DenialReason, Evidence, type EvidenceRules, Identities } from "./evidence.ts";
export { ExpirySweep, type ExpirySweepOptions } from "./expiry-sweep.ts";
export { ListKeeper, type ListKeeperOptions, type WantedEntry } from "./list-keeper.ts";
export { OffenceBacklog } from "./offence-backlog.ts";
export { OpenClient, type Standing } from "./open-client.ts";
export { ownText } from "./own-text.ts";
export { Sequence } from "./sequence.ts";
export { type IssuedIdentity, LearnedUsers, LearnedUsersTable } from "./learned-users.ts";
export { SeenIdentities } from "./seen-identities.ts";
export { SharedLists, type SharedListsOptions } from "./shared-lists.ts";
export { type IssuerSettings, TokenIssuer, TokenIssuers } from "./token-issuers.ts";
export { TokenCache } from "./token-cache.ts";
export { TokenReader, type TokenReaderOptions } from "./token-reader.ts";
export { SharedSwitches, type SwitchName } from "./shared-switches.ts";
