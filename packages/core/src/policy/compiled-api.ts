import type {
  ApiDefinition,
  JwtLocation,
  JwtVerification,
  Scheme,
  Threshold,
  TokenPlace,
} from "../definition/api-definition.ts";
import type { Decoy, Objection, Redirect } from "../verdict.ts";

/** A place of its own for a token, with the header's name already turned into a slot. */
export interface CompiledPlace {
  readonly location: TokenPlace;
  /** Slot of the custom header, or -1. */
  readonly slot: number;
}

/** Where an API's JWT is. */
export interface CompiledJwt {
  readonly location: JwtLocation;
  /** `undefined`: in the Authorization field. */
  readonly place: CompiledPlace | undefined;
  readonly username: string;
  /** Empty: none. */
  readonly clientId: string;
  /** `undefined`: tokens are decoded, and none is verified. */
  readonly verification: JwtVerification | undefined;
}

/** One API as the hot path reads it: every verdict it can reach already exists. */
export interface CompiledApi {
  readonly definition: ApiDefinition;
  readonly id: string;
  /** Its place in the policy, for counters. */
  readonly index: number;

  /** What its paths may take beyond the strict form: `MERGED_SLASHES` and `ENCODED_SLASHES`. */
  readonly pathLeniences: number;
  readonly capturesToken: boolean;
  readonly requiresToken: boolean;
  /** Schemes of Authorization, in lower case, whose credentials are a token. */
  readonly tokenSchemes: readonly string[];
  /** `undefined`: the token is in the Authorization field. */
  readonly tokenPlace: CompiledPlace | undefined;
  /** Whether a query with `access_token` in it is refused: nothing of the API is read there. */
  readonly refusesQueryToken: boolean;
  /** Empty: the API has no session cookie. */
  readonly cookie: string;
  /** Empty: no API key in the query. */
  readonly apiKeyQuery: string;
  /** Slots of custom headers, or -1. Where the key is in the query, a header of its name is refused. */
  readonly apiKeySlot: number;
  readonly usernameSlot: number;
  /** The name API keys are listed under; lower case, because header names have no case. */
  readonly apiKeyName: string;
  readonly jwt: CompiledJwt | undefined;

  /** `undefined`: every scheme is allowed. */
  readonly schemeAllowed: Scheme | undefined;
  readonly anyMethod: boolean;
  /** Few, and the same strings as `sameMethod` returns: found by comparing pointers. */
  readonly methods: readonly string[];
  /** Empty: every content type is allowed. */
  readonly contentTypeAllowed: string;

  readonly decoyVerdict: Decoy;
  readonly denyListVerdict: Objection;
  readonly protocolVerdict: Objection;
  /** «HTTPS only»: plain HTTP is pointed elsewhere instead of being an offence. */
  readonly redirectsPlainHttp: boolean;
  /** `undefined` with `redirectsPlainHttp`: blocking is off, and a monitored API changes no traffic. */
  readonly redirectVerdict: Redirect | undefined;
  readonly methodVerdict: Objection;
  readonly contentTypeVerdict: Objection;
  readonly missingTokenVerdict: Objection;
  readonly invalidTokenVerdict: Objection;
  readonly tokenUnavailableVerdict: Objection;

  /** Requests of one address to the API; a count of 0: any number. */
  readonly clientSpike: Threshold;
  readonly clientSpikeVerdict: Objection;
}
