import type { ApiDefinition, TokenPlace } from "../definition/api-definition.ts";
import { isToken } from "../headers/header-syntax.ts";
import { QUERY_TOKEN } from "../identity/identify.ts";
import { compileHeaderCodes, FIRST_CUSTOM, type HeaderCodes } from "../request/header-codes.ts";
import { sameMethod } from "../request/known-method.ts";
import { ENCODED_SLASHES, MERGED_SLASHES } from "../target/lenient-path.ts";
import {
  type Answer,
  type BlockReason,
  type Objection,
  type Redirect,
  TOKEN_UNAVAILABLE,
  TOO_MANY_REQUESTS,
  UNAUTHORIZED,
} from "../verdict.ts";
import type { CompiledApi, CompiledJwt, CompiledPlace } from "./compiled-api.ts";

const STANDARD_CODES = compileHeaderCodes([]);

/** The custom headers that `definition` reads, in lower case. */
export function customHeadersOf(definition: ApiDefinition): readonly string[] {
  const names: string[] = [];
  const keyHeader = apiKeyHeaderOf(definition);
  if (keyHeader !== undefined) names.push(keyHeader);
  if (definition.usernameHeader !== undefined) names.push(definition.usernameHeader);
  if (definition.jwt?.location.in === "header") names.push(definition.jwt.location.name);
  const { place } = definition.token;
  if (place?.in === "header") names.push(place.name);
  return names;
}

/** The header that carries the API key, or must not because a query parameter of its name does. */
function apiKeyHeaderOf({ apiKeyHeader, apiKeyQuery }: ApiDefinition): string | undefined {
  if (apiKeyQuery === undefined) return apiKeyHeader;
  const name = apiKeyQuery.toLowerCase();
  return isToken(name) && !STANDARD_CODES.has(name) ? name : undefined;
}

/** Moves every choice that does not depend on the request out of the hot path. */
export function compileApi(
  definition: ApiDefinition,
  index: number,
  codes: HeaderCodes,
): CompiledApi {
  const { pattern } = definition;
  const objection = (reason: BlockReason, answer: Answer): Objection =>
    definition.enableBlocking ? { kind: "block", reason, answer } : { kind: "monitor", reason };
  const slotOf = (name: string | undefined): number =>
    name === undefined ? -1 : (codes.get(name) ?? 0) - FIRST_CUSTOM;

  return {
    definition,
    id: definition.id,
    index,
    pathLeniences:
      (definition.mergeSlashes ? MERGED_SLASHES : 0) |
      (definition.keepEncodedSlashes ? ENCODED_SLASHES : 0),
    capturesToken: definition.oauth2AccessToken,
    requiresToken: definition.isTokenMandatory,
    tokenSchemes: definition.token.schemes,
    tokenPlace: definition.oauth2AccessToken
      ? compilePlace(definition.token.place, slotOf)
      : undefined,
    refusesQueryToken: definition.oauth2AccessToken && !readsQueryToken(definition),
    cookie: definition.cookie ?? "",
    apiKeyQuery: definition.apiKeyQuery ?? "",
    apiKeySlot: slotOf(apiKeyHeaderOf(definition)),
    apiKeyName: (definition.apiKeyQuery ?? definition.apiKeyHeader ?? "").toLowerCase(),
    usernameSlot: slotOf(definition.usernameHeader),
    jwt: compileJwt(definition, slotOf),
    schemeAllowed: pattern.protocolAllowed,
    anyMethod: pattern.methodsAllowed.length === 0,
    methods: pattern.methodsAllowed.map((method) => sameMethod(method)),
    contentTypeAllowed: pattern.contentTypeAllowed ?? "",
    decoyVerdict: { kind: "decoy", answer: definition.decoy.answer },
    denyListVerdict: objection("deny-list", UNAUTHORIZED),
    protocolVerdict: objection("protocol", pattern.answer),
    redirectsPlainHttp: pattern.protocolAllowed === "https" && pattern.redirect !== undefined,
    redirectVerdict: definition.enableBlocking ? redirectOf(definition) : undefined,
    methodVerdict: objection("method", pattern.answer),
    contentTypeVerdict: objection("content-type", pattern.answer),
    missingTokenVerdict: objection("missing-token", UNAUTHORIZED),
    invalidTokenVerdict: objection("invalid-token", pattern.answer),
    tokenUnavailableVerdict: objection("token-unavailable", TOKEN_UNAVAILABLE),
    clientSpike: definition.flowControl.clientSpike,
    clientSpikeVerdict: objection("client-spike", TOO_MANY_REQUESTS),
  };
}

function compileJwt(
  definition: ApiDefinition,
  slotOf: (name: string | undefined) => number,
): CompiledJwt | undefined {
  const { jwt } = definition;
  if (jwt === undefined) return undefined;
  const { location } = jwt;
  return {
    location,
    place: location.in === "authorization" ? undefined : compilePlace(location, slotOf),
    username: jwt.username,
    clientId: jwt.clientId ?? "",
    verification: definition.jwtVerification,
  };
}

function compilePlace(
  location: TokenPlace | undefined,
  slotOf: (name: string | undefined) => number,
): CompiledPlace | undefined {
  if (location === undefined) return undefined;
  return { location, slot: location.in === "header" ? slotOf(location.name) : -1 };
}

/** Whether something of the API stands where RFC 6750, 2.3 puts tokens into queries. */
function readsQueryToken({ apiKeyQuery, jwt, token }: ApiDefinition): boolean {
  const places = [token.place, jwt?.location];
  const isRead = places.some((place) => place?.in === "query" && place.name === QUERY_TOKEN);
  return isRead || apiKeyQuery === QUERY_TOKEN;
}

function redirectOf(definition: ApiDefinition): Redirect | undefined {
  const { redirect } = definition.pattern;
  if (redirect === undefined) return undefined;
  return {
    kind: "redirect",
    location: redirect.location,
    answer: { status: redirect.status, phrase: redirect.phrase, body: "" },
  };
}
