export { decide } from "./decide.ts";
export type {
  ApiDefinition,
  DecoySettings,
  FlowControl,
  HealthCheck,
  HttpsRedirect,
  JwtLocation,
  JwtSettings,
  JwtVerification,
  PatternEnforcement,
  Scheme,
  Threshold,
  TokenPlace,
  TokenSettings,
  UpstreamServer,
} from "./definition/api-definition.ts";
export { parseApiId } from "./definition/api-id.ts";
export { parseApiDefinition } from "./definition/parse-api-definition.ts";
export { unenforcedSettings } from "./definition/unenforced-settings.ts";
export { type DecisionContext, evaluate, judge, locate } from "./evaluate.ts";
export { blameOf, offenceOf } from "./identity/blame.ts";
export {
  type BlamedKind,
  type ClientIdentifier,
  DENY_SOURCES,
  type DenySource,
  DETECTED_SOURCES,
  IDENTIFIER_KINDS,
  type IdentifierKind,
  type OffenceSource,
} from "./identity/client-identifier.ts";
export { Credentials, parseAuthorization } from "./headers/authorization.ts";
export { findCookie } from "./headers/cookie.ts";
export { FoundValue, type Lookup } from "./headers/lookup.ts";
export type { HeaderReader } from "./identity/header-reader.ts";
export { matchesMediaType } from "./headers/content-type.ts";
export { foldUsername } from "./identity/fold-username.ts";
export { type ClaimReader, identify, NO_CLAIMS } from "./identity/identify.ts";
export { clientAddress } from "./identity/client-address.ts";
export { DenialScope, SINGLE_ADDRESSES } from "./identity/denial-scope.ts";
export { HOP_HEADERS, type HopHeader, type HopSource, isSingleHop } from "./identity/hop-source.ts";
export { TOKEN_CHECK, type TokenCheck } from "./identity/token-check.ts";
export {
  type AddressWords,
  isIpv4,
  parseAddress,
  readAddressBytes,
  spreadAddress,
} from "./identity/ip-address.ts";
export { formatAddress } from "./identity/ip-address-format.ts";
export {
  type AddressRange,
  AddressRanges,
  isIpv4Range,
  parseCidr,
} from "./identity/ip-address-range.ts";
export { ClientLists, type ClientListsOptions, type ListAddition } from "./lists/client-lists.ts";
export { denyIdentifier, denyOffender } from "./lists/deny-offender.ts";
export { compileHashKey, hashAddress, hashIdentifier, type HashKey } from "./lists/keyed-hash.ts";
export { ALLOW, DENY_MASK, denyFlag, DETECTED_MASK, OPERATOR_MASK } from "./lists/list-flags.ts";
export { allocateLists, type ListBuffers } from "./lists/list-layout.ts";
export { ListsError, type ListsErrorCode } from "./lists/lists-error.ts";
export { isExpired } from "./lists/slot-state.ts";
export {
  API_KEY,
  COOKIE,
  type ListReader,
  readLists,
  TOKEN,
  USERNAME,
} from "./lists/read-lists.ts";
export type { Issue, Parsed } from "./parsed.ts";
export {
  attachPolicy,
  compilePolicy,
  type Policy,
  type PolicySnapshot,
} from "./policy/compile-policy.ts";
export { parsePolicy } from "./policy/parse-policy.ts";
export type { CompiledApi, CompiledJwt, CompiledPlace } from "./policy/compiled-api.ts";
export { compileHeaderCodes, type HeaderCodes } from "./request/header-codes.ts";
export { sameMethod } from "./request/known-method.ts";
export {
  DROP,
  finishHead,
  headerCode,
  isNamedIn,
  isPassedOn,
  namesOtherHeaders,
  PASS,
  readCodedHeader,
  readHeader,
} from "./request/read-header.ts";
export { type NodeRequest, readNodeRequest } from "./request/read-node-request.ts";
export { readPath } from "./request/read-path.ts";
export { KEY_WORDS, RequestView } from "./request/request-view.ts";
export { compileUrlTrie, type TrieEntry } from "./routing/compile-url-trie.ts";
export { NO_API, NO_HOST, UrlTrie } from "./routing/url-trie.ts";
export { canonicalizeHost } from "./target/canonical-host.ts";
export { canonicalizePath, type PathOptions, STRICT_PATH } from "./target/canonical-path.ts";
export { findQueryParameter, isWellFormedQuery } from "./target/query.ts";
export {
  type Answer,
  answerOf,
  type Block,
  type BlockReason,
  type Decoy,
  FORWARD,
  type Forward,
  MALFORMED,
  type Monitor,
  type Objection,
  type Redirect,
  type Reject,
  type RejectReason,
  TOKEN_UNAVAILABLE,
  TOO_MANY_REQUESTS,
  UNAUTHORIZED,
  UNKNOWN_API,
  UNKNOWN_HOST,
  type Verdict,
} from "./verdict.ts";
