import type { Draft } from "./draft.ts";
import type { Findings } from "./findings.ts";
import { mayHaveBody } from "./read-answer.ts";

/** What must hold between fields that are each good by themselves. */
export interface Rule {
  /** The rule as the reference page states it. */
  readonly sentence: string;
  /** Reports breaches. A field with an issue of its own is a placeholder, and not judged. */
  check(draft: Draft, findings: Findings): void;
}

const API = "api_metadata";
const PATTERN = `${API}.api_pattern_enforcement`;
const VERIFICATION = `${API}.jwt_verification`;
const DECOY = `${API}.decoy_config`;

/** Every rule between fields, in the order of the reference page. */
export const RULES: readonly Rule[] = [
  {
    sentence: "An API needs a server, unless all of it is a decoy.",
    check({ api }, findings) {
      const isWholeDecoy = api.decoy.enabled && api.decoy.subpaths.length === 0;
      if (api.servers.length > 0 || isWholeDecoy) return;
      const path = `${API}.servers`;
      const involved = [path, API, DECOY, `${DECOY}.decoy_enabled`, `${DECOY}.decoy_subpaths`];
      // The root has failed when the input is no object at all.
      if (findings.hasFailed("", ...involved)) return;
      findings.issue(
        path,
        "expected a server to forward to, unless the whole API is a decoy, got none",
      );
    },
  },
  {
    sentence:
      'A "server_connection_quota" of 0 on one server asks for 0 on all: a server without a limit leaves the others nothing to limit.',
    check({ api }, findings) {
      const paths = api.servers.map(
        (_, index) => `${API}.servers[${index}].server_connection_quota`,
      );
      if (findings.hasFailed(...paths)) return;
      const limited = api.servers.filter(({ connectionQuota }) => connectionQuota > 0).length;
      if (limited === 0 || limited === api.servers.length) return;
      findings.issue(
        `${API}.servers`,
        `expected a server_connection_quota on all servers or on none, got one on ${limited} of ${api.servers.length}`,
      );
    },
  },
  {
    sentence: "A server listed twice gets twice its share (a warning).",
    check({ api }, findings) {
      const seen = new Set<string>();
      for (const [index, { host, port }] of api.servers.entries()) {
        const path = `${API}.servers[${index}]`;
        if (findings.hasFailed(path, `${path}.host`, `${path}.port`)) continue;
        const server = `${host} ${port}`;
        if (seen.has(server)) findings.warn(path, "is in the list already");
        seen.add(server);
      }
    },
  },
  {
    sentence:
      'Each of "decoy_subpaths" is below "url", not "url" itself: leave the list empty to make the whole API a decoy.',
    check({ api }, findings) {
      if (findings.hasFailed(`${API}.url`)) return;
      for (const [index, subpath] of api.decoy.subpaths.entries()) {
        if (subpath === "" || (subpath !== api.url && isWithin(subpath, api.url))) continue;
        findings.issue(
          `${DECOY}.decoy_subpaths[${index}]`,
          subpath === api.url
            ? "expected a path below url, got url itself: leave decoy_subpaths empty to make the whole API a decoy"
            : "expected a full path below url, got one that no request to this API can have",
        );
      }
    },
  },
  {
    sentence: '"login_url" is not a decoy: whoever logs in would be denied.',
    check({ api }, findings) {
      const { loginUrl, url, decoy } = api;
      if (!decoy.enabled || loginUrl === undefined || findings.hasFailed(`${API}.url`)) return;
      const decoys = decoy.subpaths.length === 0 ? [url] : decoy.subpaths;
      if (findings.hasFailed(DECOY, `${DECOY}.decoy_subpaths`)) return;
      if (decoys.some((path) => path !== "" && isWithin(loginUrl, path))) {
        findings.issue(
          `${API}.login_url`,
          "expected a path that is no decoy, got one within a decoy",
        );
      }
    },
  },
  {
    sentence: '"login_username" needs a "login_url" that is one of the API\'s own paths.',
    check({ api }, findings) {
      const { loginUrl, loginUsername, url } = api;
      if (loginUsername === undefined) return;
      if (findings.hasFailed(`${API}.login_url`, `${API}.url`)) return;
      if (loginUrl === undefined) {
        findings.issue(`${API}.login_username`, "expected login_url beside it, got none");
      } else if (!isWithin(loginUrl, url)) {
        findings.issue(`${API}.login_url`, "expected a path within url, got one outside of it");
      }
    },
  },
  {
    sentence: 'The API key comes from one place: "apikey_qs" or "apikey_header", not both.',
    check({ api }, findings) {
      if (api.apiKeyQuery === undefined || api.apiKeyHeader === undefined) return;
      findings.issue(`${API}.apikey_header`, "expected apikey_qs or apikey_header, got both");
    },
  },
  {
    sentence: '"username_header" is not "apikey_header": the key would be logged as a user name.',
    check({ api }, findings) {
      if (api.usernameHeader === undefined || api.usernameHeader !== api.apiKeyHeader) return;
      findings.issue(
        `${API}.username_header`,
        "expected another header than apikey_header, got the same",
      );
    },
  },
  {
    sentence: '"is_token_mandatory" asks for "oauth2_access_token": else no request has a token.',
    check({ api }, findings) {
      if (!api.isTokenMandatory || api.oauth2AccessToken) return;
      if (findings.hasFailed(`${API}.oauth2_access_token`)) return;
      findings.issue(
        `${API}.is_token_mandatory`,
        "expected false, or oauth2_access_token to be true, got true",
      );
    },
  },
  {
    sentence: 'The "location" of "token" has no effect without "oauth2_access_token" (a warning).',
    check({ api }, findings) {
      if (api.token.place === undefined || api.oauth2AccessToken) return;
      findings.warn(`${API}.token.location`, "has no effect without oauth2_access_token");
    },
  },
  {
    sentence: 'The "location" of "token" is not where an API key or a user name is read.',
    check({ api }, findings) {
      const { place } = api.token;
      if (place === undefined || place.in === "cookie") return;
      const others =
        place.in === "query" ? [api.apiKeyQuery] : [api.apiKeyHeader, api.usernameHeader];
      if (!others.includes(place.name)) return;
      findings.issue(
        `${API}.token.location`,
        "expected a place of its own, got that of another identifier",
      );
    },
  },
  {
    sentence:
      '"jwt" has both a "location" and a "username" or is empty; "clientid" may be left out.',
    check({ jwt }, findings) {
      const paths = ["location", "username", "clientid"].map((key) => `${API}.jwt.${key}`);
      const isWhole = jwt.location !== undefined && jwt.username !== undefined;
      const isEmpty = [jwt.location, jwt.username, jwt.clientid].every(
        (field) => field === undefined,
      );
      if (isWhole || isEmpty || findings.hasFailed(...paths)) return;
      findings.issue(`${API}.jwt`, "expected location and username, or none of the fields");
    },
  },
  {
    sentence: 'The claims "username" and "clientid" of "jwt" differ.',
    check({ jwt }, findings) {
      if (jwt.username === undefined || jwt.username !== jwt.clientid) return;
      findings.issue(`${API}.jwt.clientid`, "expected another claim than username, got the same");
    },
  },
  {
    sentence: '"jwt_verification" needs a "jwt", which says where the token is.',
    check({ api, jwt }, findings) {
      if (api.jwtVerification === undefined || api.jwt !== undefined) return;
      const paths = ["location", "username", "clientid"].map((key) => `${API}.jwt.${key}`);
      if (jwt.location !== undefined || findings.hasFailed(`${API}.jwt`, ...paths)) return;
      findings.issue(
        `${VERIFICATION}.token_issuer`,
        "expected jwt with a location and a username beside it, got none",
      );
    },
  },
  {
    sentence:
      '"audience" and "required" have no effect without a "token_issuer", and without an "audience" tokens for other services are believed (warnings).',
    check({ api, jwtVerification: given }, findings) {
      if (findings.hasFailed(`${VERIFICATION}.token_issuer`)) return;
      if (api.jwtVerification === undefined) {
        if (given.audience.length === 0 && given.required) return;
        findings.warn(VERIFICATION, "has no effect without token_issuer");
      } else if (given.audience.length === 0 && !findings.hasFailed(`${VERIFICATION}.audience`)) {
        findings.warn(
          `${VERIFICATION}.audience`,
          "is empty: tokens that were issued for other services are believed",
        );
      }
    },
  },
  {
    sentence: '"username_header" is not read while "jwt" is configured (a warning).',
    check({ api }, findings) {
      if (api.jwt === undefined || api.usernameHeader === undefined) return;
      findings.warn(`${API}.username_header`, "is not read while jwt is configured");
    },
  },
  {
    sentence:
      'A "protocol_allowed" of the other kind than "protocol" makes every ordinary request a violation (a warning).',
    check({ api }, findings) {
      const allowed = api.pattern.protocolAllowed;
      if (allowed === undefined || allowed.startsWith(api.protocol)) return;
      findings.warn(
        `${PATTERN}.protocol_allowed`,
        `is "${allowed}" though protocol is "${api.protocol}": every ordinary request is a violation`,
      );
    },
  },
  {
    sentence:
      '"http_redirect" takes effect with an "https_url" and a "protocol_allowed" of "https" (a warning).',
    check({ api, redirect }, findings) {
      const { https_url: url, response_code: code, response_def: phrase } = redirect;
      if (url === undefined && code === undefined && phrase === undefined) return;
      const path = `${PATTERN}.http_redirect`;
      if (findings.hasFailed(`${path}.https_url`, `${PATTERN}.protocol_allowed`)) return;
      if (url === undefined) findings.warn(path, "has no effect without https_url");
      else if (api.pattern.protocolAllowed !== "https") {
        findings.warn(path, 'has no effect unless protocol_allowed is "https"');
      }
    },
  },
  {
    sentence: "An answer with the status 204, 205 or 304 has no body.",
    check({ api }, findings) {
      const bodies = [
        { path: `${PATTERN}.error_message_body`, answer: api.pattern.answer },
        { path: `${DECOY}.response_message`, answer: api.decoy.answer },
      ];
      for (const { path, answer } of bodies) {
        if (answer.body === "" || mayHaveBody(answer.status)) continue;
        findings.issue(
          path,
          `expected an empty string with the status ${answer.status}, got a body`,
        );
      }
    },
  },
  {
    sentence:
      "Limits on bytes are for WebSocket APIs, and server spikes for HTTP APIs; elsewhere they have no effect (a warning).",
    check({ api }, findings) {
      const { bytesIn, bytesOut } = api.flowControl;
      const flow = `${API}.flow_control`;
      if (api.protocol === "http") {
        const problem = 'has no effect unless protocol is "ws"';
        if (bytesIn.count > 0) findings.warn(`${flow}.bytes_in_threshold`, problem);
        if (bytesOut.count > 0) findings.warn(`${flow}.bytes_out_threshold`, problem);
        return;
      }
      for (const [index, { spike }] of api.servers.entries()) {
        if (spike.count === 0) continue;
        const path = `${API}.servers[${index}].server_spike_threshold`;
        findings.warn(path, 'has no effect unless protocol is "http"');
      }
    },
  },
  {
    sentence:
      '"cookie_persistence_enabled" and "logout_api_enabled" have no effect without a "cookie" (a warning).',
    check({ api }, findings) {
      if (api.cookie !== undefined) return;
      const problem = "has no effect without a cookie";
      if (api.cookiePersistenceEnabled) findings.warn(`${API}.cookie_persistence_enabled`, problem);
      if (api.logoutApiEnabled) findings.warn(`${API}.logout_api_enabled`, problem);
    },
  },
];

/** Whether `path` is `base` or below it, by whole segments; both are canonical. */
function isWithin(path: string, base: string): boolean {
  return base === "/" || path === base || path.startsWith(`${base}/`);
}
