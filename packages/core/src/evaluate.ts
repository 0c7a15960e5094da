import { decide } from "./decide.ts";
import { type ClaimReader, identify } from "./identity/identify.ts";
import { type ListReader, readLists } from "./lists/read-lists.ts";
import { type Policy } from "./policy/compile-policy.ts";
import { type RequestView } from "./request/request-view.ts";
import { NO_HOST } from "./routing/url-trie.ts";
import { MALFORMED, UNKNOWN_API, UNKNOWN_HOST, type Verdict } from "./verdict.ts";

/** What a decision depends on besides the request itself. */
export interface DecisionContext {
  readonly policy: Policy;
  readonly lists: ListReader;
  readonly claims: ClaimReader;
  /** Whether anything is enforced at all. */
  readonly firewall: boolean;
}

/**
 * Routes, identifies and decides one request that has been read into `request`.
 *
 * Synchronous. Fills the second half of `request` as it goes, so that a caller can record who was
 * decided on. `request.address` is the caller's: the peer, or the client behind a trusted proxy. A
 * token that nobody has verified yet counts as one that cannot be verified.
 */
export function evaluate(
  request: RequestView,
  context: DecisionContext,
  nowSeconds: number,
): Verdict {
  return locate(request, context, nowSeconds) ?? judge(request, context, nowSeconds);
}

/**
 * The first half of `evaluate`, which changes nothing outside of `request`: routes and identifies.
 * `undefined`: `judge` has the word. Until then `request.tokenCheck` says whether a token is to be
 * verified first; once it has been, start again from here.
 */
export function locate(
  request: RequestView,
  context: DecisionContext,
  nowSeconds: number,
): Verdict | undefined {
  if (request.isMalformed) return MALFORMED;
  const { policy } = context;
  const found = policy.trie.find(request.host, request.path);
  if (found < 0) return found === NO_HOST ? UNKNOWN_HOST : UNKNOWN_API;
  const api = policy.apis[found >> 1];
  if (api === undefined) return UNKNOWN_API;
  request.api = api;
  request.isDecoyPath = (found & 1) === 1;
  if (!identify(request, api, context.claims, nowSeconds)) {
    request.isMalformed = true;
    return MALFORMED;
  }
  return undefined;
}

/** The second half of `evaluate`: looks the client up in the lists and decides. */
export function judge(request: RequestView, context: DecisionContext, nowSeconds: number): Verdict {
  const { api } = request;
  if (api === undefined) return UNKNOWN_API;
  request.listFlags = readLists(request, api, context.lists, nowSeconds);
  return decide(request, api, context.firewall);
}
