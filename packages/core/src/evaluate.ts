import { decide } from "./decide.ts";
import type { HeaderReader } from "./identity/header-reader.ts";
import { type ClaimReader, identify } from "./identity/identify.ts";
import { type ListReader, readLists } from "./lists/read-lists.ts";
import type { Policy } from "./policy/compile-policy.ts";
import type { CompiledApi } from "./policy/compiled-api.ts";
import type { RequestView } from "./request/request-view.ts";
import { NO_HOST, type UrlTrie } from "./routing/url-trie.ts";
import { decodeSlashes, ENCODED_SLASHES } from "./target/lenient-path.ts";
import { MALFORMED, UNKNOWN_API, UNKNOWN_HOST, type Verdict } from "./verdict.ts";

/** What a decision depends on besides the request itself. */
export interface DecisionContext {
  readonly policy: Policy;
  readonly lists: ListReader;
  readonly claims: ClaimReader;
  /** Left out: each request's header fields are read anew. */
  readonly headers?: HeaderReader;
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
  if (found < 0) return nowhere(request, found);
  const api = policy.apis[found >> 1];
  if (api === undefined) return UNKNOWN_API;
  request.api = api;
  request.isDecoyPath = (found & 1) === 1;
  if (request.pathLeniences !== 0 && !takesPath(request, api, found, policy.trie)) {
    request.isMalformed = true;
    return MALFORMED;
  }
  if (!identify(request, api, context.claims, nowSeconds, context.headers)) {
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

/** What no API has opted in to is malformed, wherever it would have led. */
function nowhere(request: RequestView, found: number): Verdict {
  if (request.pathLeniences !== 0) {
    request.isMalformed = true;
    return MALFORMED;
  }
  return found === NO_HOST ? UNKNOWN_HOST : UNKNOWN_API;
}

/**
 * Whether the API has opted in to what its path takes beyond the strict form, and `%2F` makes no
 * difference to who answers: a server that reads it as a separator must not find what belongs to
 * another API, or to a decoy.
 */
function takesPath(request: RequestView, api: CompiledApi, found: number, trie: UrlTrie): boolean {
  const { pathLeniences } = request;
  if ((pathLeniences & ~api.pathLeniences) !== 0) return false;
  if ((pathLeniences & ENCODED_SLASHES) === 0) return true;
  return trie.find(request.host, decodeSlashes(request.path)) === found;
}
