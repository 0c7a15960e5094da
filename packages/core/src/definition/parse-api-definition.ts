import type { Parsed } from "../parsed.ts";
import type { Answer } from "../verdict.ts";
import type {
  ApiDefinition,
  DecoySettings,
  FlowControl,
  JwtSettings,
  JwtVerification,
  PatternEnforcement,
  UpstreamServer,
} from "./api-definition.ts";
import { parseApiId } from "./api-id.ts";
import { API_METADATA, ROOT } from "./api-metadata-section.ts";
import type { Draft } from "./draft.ts";
import { Findings } from "./findings.ts";
import {
  API_MAPPING,
  DECOY_CONFIG,
  FLOW_CONTROL,
  JWT,
  JWT_VERIFICATION,
  SERVER,
  TOKEN,
} from "./nested-sections.ts";
import { DEFAULT_REDIRECT, PATTERN, REDIRECT } from "./pattern-sections.ts";
import { mayHaveBody } from "./read-answer.ts";
import { RULES } from "./rules.ts";
import { SectionReader } from "./section-reader.ts";
import type {
  DecoyFields,
  FlowControlFields,
  JwtFields,
  JwtVerificationFields,
  PatternFields,
  RedirectFields,
  ServerFields,
} from "./section-types.ts";
import { standardPhrase } from "./standard-phrase.ts";

/**
 * Reads the API JSON `{ "api_metadata": { ... } }` of the API `id`: every default applied, or every
 * issue at once.
 *
 * `json` is what `JSON.parse` made; of a key that the text holds twice it has kept the last, which
 * cannot be seen here. Never throws, and never echoes a value that may be a secret.
 */
export function parseApiDefinition(id: string, json: unknown): Parsed<ApiDefinition> {
  const findings = new Findings();
  const parsedId = parseApiId(id);
  if (!parsedId.ok) findings.issues.push(...parsedId.issues);
  const draft = readDraft(id, json, findings);
  for (const rule of RULES) rule.check(draft, findings);
  return findings.issues.length === 0
    ? { ok: true, value: draft.api, warnings: findings.warnings }
    : { ok: false, issues: findings.issues };
}

function readDraft(id: string, json: unknown, findings: Findings): Draft {
  const root = new SectionReader(ROOT, json, "", findings);
  const api = root.child("api_metadata", API_METADATA);
  const patternReader = api.child("api_pattern_enforcement", PATTERN);
  const redirectReader = patternReader.child("http_redirect", REDIRECT);
  const tokenReader = api.child("token", TOKEN);
  const jwtReader = api.child("jwt", JWT);
  const jwt: JwtFields = {
    location: jwtReader.read("location"),
    username: jwtReader.read("username"),
    clientid: jwtReader.read("clientid"),
  };
  const verification = readVerification(api.child("jwt_verification", JWT_VERIFICATION));
  const redirect: RedirectFields = {
    response_code: redirectReader.read("response_code"),
    response_def: redirectReader.read("response_def"),
    https_url: redirectReader.read("https_url"),
  };
  return {
    jwt,
    jwtVerification: verification,
    redirect,
    api: {
      id,
      protocol: api.read("protocol"),
      url: api.read("url"),
      hostname: api.read("hostname"),
      mergeSlashes: api.read("merge_slashes"),
      keepEncodedSlashes: api.read("keep_encoded_slashes"),
      cookie: api.read("cookie"),
      cookieIdleTimeoutSeconds: api.read("cookie_idle_timeout"),
      logoutApiEnabled: api.read("logout_api_enabled"),
      cookiePersistenceEnabled: api.read("cookie_persistence_enabled"),
      oauth2AccessToken: api.read("oauth2_access_token"),
      token: { schemes: tokenReader.read("schemes"), place: tokenReader.read("location") },
      isTokenMandatory: api.read("is_token_mandatory"),
      apiKeyQuery: api.read("apikey_qs"),
      apiKeyHeader: api.read("apikey_header"),
      loginUrl: api.read("login_url"),
      loginUsername: api.read("login_username"),
      enableBlocking: api.read("enable_blocking"),
      internalUrl: api.child("api_mapping", API_MAPPING).read("internal_url"),
      usernameHeader: api.read("username_header"),
      jwt: toJwt(jwt),
      jwtVerification: toJwtVerification(verification),
      pattern: readPattern(patternReader, redirect),
      flowControl: readFlowControl(api.child("flow_control", FLOW_CONTROL)),
      apiMemoryBytes: api.read("api_memory_size"),
      health: {
        enabled: api.read("health_check"),
        intervalSeconds: api.read("health_check_interval"),
        retries: api.read("health_retry_count"),
        url: api.read("health_url"),
      },
      serverSsl: api.read("server_ssl"),
      hostHeader: api.read("host_header"),
      bodyLimit: api.read("body_limit"),
      servers: api.children("servers", SERVER).map(readServer),
      decoy: readDecoy(api.child("decoy_config", DECOY_CONFIG)),
    },
  };
}

function toJwt({ location, username, clientid }: JwtFields): JwtSettings | undefined {
  if (location === undefined || username === undefined) return undefined;
  return { location, username, clientId: clientid };
}

function readVerification(
  reader: SectionReader<JwtVerificationFields, never>,
): JwtVerificationFields {
  return {
    token_issuer: reader.read("token_issuer"),
    audience: reader.read("audience"),
    required: reader.read("required"),
  };
}

function toJwtVerification(given: JwtVerificationFields): JwtVerification | undefined {
  if (given.token_issuer === undefined) return undefined;
  return {
    tokenIssuer: given.token_issuer,
    audiences: given.audience,
    isRequired: given.required,
  };
}

function readPattern(
  reader: SectionReader<PatternFields, "http_redirect">,
  redirect: RedirectFields,
): PatternEnforcement {
  const status = redirect.response_code ?? DEFAULT_REDIRECT;
  return {
    protocolAllowed: reader.read("protocol_allowed"),
    redirect:
      redirect.https_url === undefined
        ? undefined
        : {
            status,
            phrase: redirect.response_def ?? standardPhrase(status),
            location: redirect.https_url,
          },
    methodsAllowed: reader.read("methods_allowed"),
    contentTypeAllowed: reader.read("content_type_allowed"),
    answer: violationAnswer(
      reader.read("error_code"),
      reader.read("error_def"),
      reader.read("error_message_body"),
    ),
  };
}

function violationAnswer(
  status: number,
  givenPhrase: string | undefined,
  givenBody: string | undefined,
): Answer {
  const phrase = givenPhrase ?? standardPhrase(status);
  const body = mayHaveBody(status) ? `${status} ${phrase}`.trimEnd() : "";
  return { status, phrase, body: givenBody ?? body };
}

function readFlowControl(reader: SectionReader<FlowControlFields, never>): FlowControl {
  return {
    clientSpike: reader.read("client_spike_threshold"),
    serverConnectionQueueing: reader.read("server_connection_queueing"),
    bytesIn: reader.read("bytes_in_threshold"),
    bytesOut: reader.read("bytes_out_threshold"),
  };
}

function readServer(reader: SectionReader<ServerFields, never>): UpstreamServer {
  return {
    host: reader.read("host"),
    port: reader.read("port"),
    spike: reader.read("server_spike_threshold"),
    connectionQuota: reader.read("server_connection_quota"),
  };
}

function readDecoy(reader: SectionReader<DecoyFields, never>): DecoySettings {
  const status = reader.read("response_code");
  return {
    enabled: reader.read("decoy_enabled"),
    answer: {
      status,
      phrase: reader.read("response_def") ?? standardPhrase(status),
      body: reader.read("response_message"),
    },
    subpaths: reader.read("decoy_subpaths"),
  };
}
