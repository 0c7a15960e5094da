import { type ApiDefinition } from "../definition/api-definition.ts";
import { FIRST_CUSTOM, type HeaderCodes } from "../request/header-codes.ts";
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
import { type CompiledApi, type CompiledJwt } from "./compiled-api.ts";

/** The custom headers that `definition` reads, in lower case. */
export function customHeadersOf(definition: ApiDefinition): readonly string[] {
  const names: string[] = [];
  if (definition.apiKeyHeader !== undefined) names.push(definition.apiKeyHeader);
  if (definition.usernameHeader !== undefined) names.push(definition.usernameHeader);
  if (definition.jwt?.location.in === "header") names.push(definition.jwt.location.name);
  return names;
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
    cookie: definition.cookie ?? "",
    apiKeyQuery: definition.apiKeyQuery ?? "",
    apiKeySlot: slotOf(definition.apiKeyHeader),
    apiKeyName: (definition.apiKeyQuery ?? definition.apiKeyHeader ?? "").toLowerCase(),
    usernameSlot: slotOf(definition.usernameHeader),
    jwt: compileJwt(definition, slotOf),
    schemeAllowed: pattern.protocolAllowed,
    anyMethod: pattern.methodsAllowed.length === 0,
    methods: new Set(pattern.methodsAllowed),
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
    slot: location.in === "header" ? slotOf(location.name) : -1,
    username: jwt.username,
    clientId: jwt.clientId ?? "",
    verification: definition.jwtVerification,
  };
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
