import { Credentials } from "../headers/authorization.ts";
import { FoundValue, type Lookup } from "../headers/lookup.ts";
import type { CompiledApi, CompiledJwt, CompiledPlace } from "../policy/compiled-api.ts";
import type { RequestView } from "../request/request-view.ts";
import { findQueryParameter } from "../target/query.ts";
import { foldUsername } from "./fold-username.ts";
import { type HeaderReader, PLAIN_HEADERS } from "./header-reader.ts";
import { TOKEN_CHECK, type TokenCheck } from "./token-check.ts";

/** Reads claims out of JWTs, and knows which of them have been verified. */
export interface ClaimReader {
  /**
   * The claim `claim` of the JWT `token` as text; empty where there is none. Never throws. Decoding
   * is not verifying: by itself what this says proves nothing.
   */
  usernameOf(token: string, claim: string): string;
  /** What is known at this second of whether `token` is what `jwt` asks for. From memory only. */
  check(token: string, jwt: CompiledJwt, nowSeconds: number): TokenCheck;
}

/** For callers that have no JWTs, or set `request.username` by themselves. */
export const NO_CLAIMS: ClaimReader = {
  usernameOf: () => "",
  check: () => TOKEN_CHECK.unavailable,
};

/** The query parameter of RFC 6750, 2.3. */
export const QUERY_TOKEN = "access_token";

// Scratch of one look-up at a time; nothing in it outlives the function that fills it.
const found = new FoundValue();
const credentials = new Credentials();
let authorization: Lookup = "absent";

/**
 * Finds the identifiers that `api` knows its clients by, and writes them to `request`.
 *
 * `false`: one of them is there twice or cannot be read in one way, so the request is refused. `headers`:
 * left out, each request's are read anew.
 */
export function identify(
  request: RequestView,
  api: CompiledApi,
  claims: ClaimReader,
  nowSeconds: number,
  headers: HeaderReader = PLAIN_HEADERS,
): boolean {
  return (
    identifyToken(request, api, headers) &&
    identifySession(request, api, headers) &&
    identifyApiKey(request, api) &&
    identifyUsername(request, api, claims, nowSeconds, headers)
  );
}

/**
 * A token is looked up on every API, for a denied client is denied everywhere; only an API that
 * captures tokens insists that it can be read, and blames it.
 */
function identifyToken(request: RequestView, api: CompiledApi, headers: HeaderReader): boolean {
  authorization = headers.authorization(request.authorization, api.tokenSchemes, credentials);
  if (authorization === "malformed" && api.capturesToken) return false;
  if (api.tokenPlace !== undefined) return takePlacedToken(request, api, api.tokenPlace, headers);
  if (authorization === "found") request.token = credentials.token;
  return !api.refusesQueryToken || request.query === "" || !hasQueryToken(request.query);
}

/** RFC 6750, 2: a client sends its token in one place. A second one would be the upstream's to choose. */
function takePlacedToken(
  request: RequestView,
  api: CompiledApi,
  place: CompiledPlace,
  headers: HeaderReader,
): boolean {
  if (authorization === "found" && api.jwt?.location.in !== "authorization") return false;
  if (api.refusesQueryToken && request.query !== "" && hasQueryToken(request.query)) return false;
  const outcome = findInPlace(request, place, headers);
  if (outcome === "found") request.token = found.value;
  return isClear(outcome);
}

/** Whether a query has the token where RFC 6750, 2.3 puts it, or cannot be read in one way. */
function hasQueryToken(query: string): boolean {
  if (!query.includes(QUERY_TOKEN) && !query.includes("%")) return false;
  return findQueryParameter(query, QUERY_TOKEN, found) !== "absent";
}

function identifySession(request: RequestView, api: CompiledApi, headers: HeaderReader): boolean {
  if (api.cookie === "" || request.cookie === "") return true;
  const outcome = headers.cookie(request.cookie, api.cookie, found);
  if (outcome === "found") request.session = found.value;
  return isClear(outcome);
}

/** One place is configured. The same name in the other one is refused: an upstream may read either. */
function identifyApiKey(request: RequestView, api: CompiledApi): boolean {
  if (api.apiKeyName === "") return true;
  const inHeader = api.apiKeySlot < 0 ? "" : request.customHeader(api.apiKeySlot);
  if (request.query === "") {
    if (api.apiKeyQuery === "") request.apiKey = inHeader;
    return api.apiKeyQuery === "" || inHeader === "";
  }
  const outcome = findQueryParameter(request.query, api.apiKeyQuery || api.apiKeyName, found);
  if (api.apiKeyQuery === "") {
    request.apiKey = inHeader;
    return outcome === "absent";
  }
  if (outcome === "found") request.apiKey = found.value;
  return isClear(outcome) && inHeader === "";
}

/** A configured JWT goes before a header; where it is missing, the header does not stand in for it. */
function identifyUsername(
  request: RequestView,
  api: CompiledApi,
  claims: ClaimReader,
  nowSeconds: number,
  headers: HeaderReader,
): boolean {
  const { jwt } = api;
  if (jwt === undefined) {
    takeProxysWord(request, api);
    return true;
  }
  const outcome = findJwt(request, jwt, headers);
  if (outcome !== "found") {
    if (jwt.verification?.isRequired === true) request.tokenCheck = TOKEN_CHECK.missing;
    return isClear(outcome);
  }
  const token = found.value;
  if (jwt.verification !== undefined) {
    request.tokenCheck = claims.check(token, jwt, nowSeconds);
    if (request.tokenCheck !== TOKEN_CHECK.verified) {
      if (request.tokenCheck === TOKEN_CHECK.pending) request.pendingToken = token;
      // Whoever sends it has not shown that it is his: he is known by what else there is.
      if (request.token === token) request.token = "";
      return true;
    }
    request.usernameVerified = true;
  }
  // Where a JWT travels in a place of its own, it is the access token as well.
  if (api.capturesToken && request.token === "") request.token = token;
  request.username = foldUsername(claims.usernameOf(token, jwt.username));
  return true;
}

/** The name in a header: anybody else could name anybody. */
function takeProxysWord(request: RequestView, api: CompiledApi): void {
  if (api.usernameSlot < 0 || !request.isFromProxy) return;
  request.username = foldUsername(request.customHeader(api.usernameSlot));
  request.usernameVerified = request.username !== "";
}

/** Leaves the JWT in `found`. */
function findJwt(request: RequestView, jwt: CompiledJwt, headers: HeaderReader): Lookup {
  const { location, place } = jwt;
  if (place !== undefined) return findInPlace(request, place, headers);
  return location.in === "authorization" ? findInAuthorization(location.scheme) : "absent";
}

/** Leaves what stands there in `found`. */
function findInPlace(
  request: RequestView,
  { location, slot }: CompiledPlace,
  headers: HeaderReader,
): Lookup {
  switch (location.in) {
    case "header":
      found.value = request.customHeader(slot);
      return found.value === "" ? "absent" : "found";
    case "query":
      return findQueryParameter(request.query, location.name, found);
    case "cookie":
      return headers.cookie(request.cookie, location.name, found);
    default:
      return unreachable(location);
  }
}

/** Takes what `identifyToken` has read of this request's Authorization. */
function findInAuthorization(scheme: "bearer" | "mac"): Lookup {
  found.value = "";
  if (authorization !== "found") return authorization;
  if (credentials.scheme !== scheme) return "absent";
  found.value = credentials.token;
  return "found";
}

function isClear(outcome: Lookup): boolean {
  return outcome === "found" || outcome === "absent";
}

function unreachable(value: never): never {
  throw new TypeError(`unhandled JWT location: ${JSON.stringify(value)}`);
}
