import type { Answer } from "../verdict.ts";

/** The scheme a request arrived by. */
export type Scheme = "http" | "https" | "ws" | "wss";

/**
 * One API as its owner defined it, parsed: every default applied, `undefined` where a feature is
 * not configured. The names follow the JSON's; `docs/reference/api-definition.md` lists them all.
 */
export interface ApiDefinition {
  /** The file name without `.json`. */
  readonly id: string;
  readonly protocol: "http" | "ws";
  /** Base path in canonical form: `/` or `/shop/v1`, never a trailing slash but for the root. */
  readonly url: string;
  /** Lower-case host name without port, or `*` for any. */
  readonly hostname: string;
  /** Whether a run of slashes in a path is read, and forwarded, as one; else it is refused. */
  readonly mergeSlashes: boolean;
  /** Whether `%2F` in a path is data of its segment; else it is refused. */
  readonly keepEncodedSlashes: boolean;
  /** Name of the session cookie that identifies a client. */
  readonly cookie: string | undefined;
  readonly cookieIdleTimeoutSeconds: number;
  readonly logoutApiEnabled: boolean;
  readonly cookiePersistenceEnabled: boolean;
  readonly oauth2AccessToken: boolean;
  readonly token: TokenSettings;
  readonly isTokenMandatory: boolean;
  /** Query parameter that carries the API key. */
  readonly apiKeyQuery: string | undefined;
  /** Header that carries the API key, in lower case. */
  readonly apiKeyHeader: string | undefined;
  readonly loginUrl: string | undefined;
  /** The form field, or the path of the JSON member, in which a login names its user. */
  readonly loginUsername: string | undefined;
  readonly enableBlocking: boolean;
  /** The prefix that replaces `url` on the way to the upstream; canonical like `url`. */
  readonly internalUrl: string | undefined;
  /** Header that carries the user name, in lower case. */
  readonly usernameHeader: string | undefined;
  readonly jwt: JwtSettings | undefined;
  /** `undefined`: tokens are decoded, and none is verified. */
  readonly jwtVerification: JwtVerification | undefined;
  readonly pattern: PatternEnforcement;
  readonly flowControl: FlowControl;
  readonly apiMemoryBytes: number;
  readonly health: HealthCheck;
  readonly serverSsl: boolean;
  /** Which host the servers are asked for: the one that the client named, or their own name. */
  readonly hostHeader: "client" | "server";
  /** Bytes of the longest request body; 0: any. `undefined`: whoever forwards it has a limit of his own. */
  readonly bodyLimit: number | undefined;
  readonly servers: readonly UpstreamServer[];
  readonly decoy: DecoySettings;
}

/** Where a request carries its JWT. Header and scheme names are in lower case. */
export type JwtLocation =
  | { readonly in: "authorization"; readonly scheme: "bearer" | "mac" }
  | { readonly in: "header"; readonly name: string }
  | { readonly in: "query"; readonly name: string }
  | { readonly in: "cookie"; readonly name: string };

/** A place of its own for a token, outside of Authorization. */
export type TokenPlace = Exclude<JwtLocation, { readonly in: "authorization" }>;

/** Where an API's clients send their token. */
export interface TokenSettings {
  /** Schemes of Authorization whose credentials are a token, in lower case. */
  readonly schemes: readonly string[];
  /** `undefined`: the Authorization field. */
  readonly place: TokenPlace | undefined;
}

export interface JwtSettings {
  readonly location: JwtLocation;
  /** Claim with the user name. */
  readonly username: string;
  /** Claim with the client id. */
  readonly clientId: string | undefined;
}

/** Whose tokens are believed. */
export interface JwtVerification {
  /** Name of an issuer in the settings. */
  readonly tokenIssuer: string;
  /** Empty: `aud` is not looked at. */
  readonly audiences: readonly string[];
  /** Whether a request without a token is refused. */
  readonly isRequired: boolean;
}

export interface PatternEnforcement {
  /** `undefined`: every protocol is allowed. */
  readonly protocolAllowed: Scheme | undefined;
  /** Answers plain HTTP where only HTTPS is allowed; `undefined`: it is a violation. */
  readonly redirect: HttpsRedirect | undefined;
  /** Empty: every method is allowed. Upper case. */
  readonly methodsAllowed: readonly string[];
  /** One media type in lower case without parameters; `undefined`: every one is allowed. */
  readonly contentTypeAllowed: string | undefined;
  /** What a violation is answered with. */
  readonly answer: Answer;
}

export interface HttpsRedirect {
  readonly status: number;
  readonly phrase: string;
  readonly location: string;
}

/** `count` per `seconds`; a count of 0 switches the limit off. */
export interface Threshold {
  readonly count: number;
  readonly seconds: number;
}

export interface FlowControl {
  readonly clientSpike: Threshold;
  readonly serverConnectionQueueing: boolean;
  readonly bytesIn: Threshold;
  readonly bytesOut: Threshold;
}

export interface HealthCheck {
  readonly enabled: boolean;
  readonly intervalSeconds: number;
  readonly retries: number;
  readonly url: string;
}

export interface UpstreamServer {
  readonly host: string;
  readonly port: number;
  readonly spike: Threshold;
  readonly connectionQuota: number;
}

export interface DecoySettings {
  readonly enabled: boolean;
  readonly answer: Answer;
  /** Canonical full paths below `url`. Empty and enabled: the whole API is a decoy. */
  readonly subpaths: readonly string[];
}
