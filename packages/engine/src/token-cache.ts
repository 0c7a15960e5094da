import {
  type CompiledApi,
  COOKIE,
  IDENTIFIER_KINDS,
  KEY_WORDS,
  type RequestView,
  TOKEN,
  type TokenCheck,
} from "@portcullis/core";
import { type Claims, claimText, decodeClaims } from "@portcullis/token-pool";

import { KnownIdentifier } from "./known-identifier.ts";
import { RecentTokens } from "./recent-tokens.ts";
import { ShownFields } from "./shown-fields.ts";
import type { TokenRule } from "./token-issuers.ts";

/** Tokens that were refused may take this part of the others' room, beside it: they take no good one's place. */
const DOUBTFUL_PART = 8;

/** What an entry costs besides its texts, roughly: the object, its place in the map, what came with the token. */
const ENTRY_BYTES = 800;

/** What came of verifying a token by one rule. Good as long as the keys and the time stand. */
export interface Proof {
  readonly rule: TokenRule;
  readonly check: TokenCheck;
  /** Of the keys it was verified with. */
  readonly keysVersion: number;
  /** Unix second from which on it counts no more. */
  readonly until: number;
}

/** What is remembered of one token, and of the client that shows it. The fields are the owner's to fill. */
export class TokenEntry {
  #token: string;
  /** Whether the token's own `KnownIdentifier` has been filled. */
  hasKey = false;
  claims: Claims | undefined = undefined;
  hasClaims = false;
  /** The claim that `username` was read from. */
  usernameClaim = "";
  username = "";
  /** The other spelling in which the token would be as valid; empty: there is none. */
  twin = "";
  readonly shown: ShownFields = new ShownFields();
  #twinIdentifier: KnownIdentifier | undefined = undefined;
  /** By kind. */
  readonly #identifiers: (KnownIdentifier | undefined)[] = IDENTIFIER_KINDS.map(() => undefined);
  /** One for each rule at most; nearly always one in all. */
  #proofs: Proof[] = [];
  /** Of the request noted last: the unix second, the API's id, and half of its cookie's keyed hash, 0 without one. */
  #notedSecond = 0;
  #notedApi = "";
  #notedCookie0 = 0;
  #notedCookie1 = 0;

  constructor(token: string) {
    this.#token = token;
  }

  get token(): string {
    return this.#token;
  }

  /** Notes which field shows the token. `token` is an equal text, and part of that field in memory. */
  showBy(authorization: string, schemes: readonly string[], scheme: string, token: string): void {
    this.#token = token;
    this.shown.noteAuthorization(authorization, schemes, scheme);
  }

  /** Of memory, roughly, with the texts that it keeps: its token is a part of the field that showed it. */
  get bytes(): number {
    return ENTRY_BYTES + Math.max(this.token.length, this.shown.length) + this.twin.length;
  }

  /** The identifier of a kind that came with the token last; the token itself is one. */
  identifier(kind: number): KnownIdentifier {
    return (this.#identifiers[kind] ??= new KnownIdentifier(kind));
  }

  get twinIdentifier(): KnownIdentifier {
    return (this.#twinIdentifier ??= new KnownIdentifier(TOKEN));
  }

  /** Whether a request with this token and the cookie of `request` to `api` was noted in this second. */
  isNoted(request: RequestView, api: CompiledApi, nowSeconds: number): boolean {
    return (
      this.#notedSecond === nowSeconds &&
      this.#notedApi === api.id &&
      this.#notedCookie0 === cookieWord(request, 0) &&
      this.#notedCookie1 === cookieWord(request, 1)
    );
  }

  /** Notes a request that was let in, whose token and cookie were known already. */
  note(request: RequestView, api: CompiledApi, nowSeconds: number): void {
    this.#notedSecond = nowSeconds;
    this.#notedApi = api.id;
    this.#notedCookie0 = cookieWord(request, 0);
    this.#notedCookie1 = cookieWord(request, 1);
  }

  proofBy(rule: TokenRule): Proof | undefined {
    const proofs = this.#proofs;
    for (let i = 0; i < proofs.length; i++) {
      if (proofs[i]?.rule === rule) return proofs[i];
    }
    return undefined;
  }

  /** Takes the place of an older proof by the same rule. */
  addProof(proof: Proof): void {
    this.#proofs = this.#proofs.filter(({ rule }) => rule !== proof.rule);
    this.#proofs.push(proof);
  }
}

/** The tokens one thread has seen lately. Those that are refused have a place of their own. */
export class TokenCache {
  readonly #known: RecentTokens;
  readonly #doubtful: RecentTokens;
  /** The entry asked for last: one request asks for its token's more than once. */
  #last = new TokenEntry("");

  constructor(maxBytes: number) {
    this.#known = new RecentTokens(maxBytes);
    this.#doubtful = new RecentTokens(maxBytes / DOUBTFUL_PART);
  }

  /** The entry of `token`, a fresh one where it was not remembered. */
  entry(token: string): TokenEntry {
    const last = this.#last;
    if (last.token === token) return last;
    const entry = this.#known.find(token) ?? this.#remember(token);
    this.#last = entry;
    return entry;
  }

  /** The entry asked for last, if it is that of `token`. */
  lastEntry(token: string): TokenEntry | undefined {
    return this.#last.token === token ? this.#last : undefined;
  }

  /** The entry of the token that an Authorization field is known to show; `undefined`: that is not known. */
  entryShownBy(authorization: string, schemes: readonly string[]): TokenEntry | undefined {
    const entry = this.#known.findShownBy(authorization, schemes);
    if (entry !== undefined) this.#last = entry;
    return entry;
  }

  /** The entry of `token`; `undefined`: it is not remembered, nor will be by this. */
  knownEntry(token: string): TokenEntry | undefined {
    return this.#known.find(token);
  }

  /** Told when an entry of the cache, asked for just now, takes more than it did. */
  grown(bytes: number): void {
    this.#known.grow(bytes);
  }

  /** The entry of `token` by which its proofs are known; `undefined`: it has none. */
  provenEntry(token: string): TokenEntry | undefined {
    const last = this.#last;
    if (last.token === token) return last;
    const entry = this.#known.find(token);
    if (entry === undefined) return this.#doubtful.find(token);
    this.#last = entry;
    return entry;
  }

  /** An entry for a token that was refused. */
  doubtfulEntry(token: string): TokenEntry {
    const known = this.provenEntry(token);
    if (known !== undefined) return known;
    const entry = new TokenEntry(token);
    this.#doubtful.add(entry);
    return entry;
  }

  /** Notes that a token of the cache would be as valid when spelt so. */
  addTwin(entry: TokenEntry, twin: string): void {
    entry.twin = twin;
    this.grown(twin.length);
  }

  /** The user name in the claim `claim` of the JWT `token`; empty where it has none. */
  usernameOf(token: string, claim: string): string {
    const entry = this.entry(token);
    if (entry.usernameClaim === claim) return entry.username;
    let { claims } = entry;
    if (!entry.hasClaims) {
      claims = decodeClaims(token);
      // Kept only where APIs read more than one of them: most do not, and they take half a kilobyte.
      if (entry.usernameClaim !== "") {
        entry.claims = claims;
        entry.hasClaims = true;
      }
    }
    entry.username = claims === undefined ? "" : (claimText(claims, claim) ?? "");
    entry.usernameClaim = claim;
    return entry.username;
  }

  #remember(token: string): TokenEntry {
    const entry = new TokenEntry(token);
    this.#known.add(entry);
    return entry;
  }
}

/** A word of the cookie's key: its text would keep the whole field in memory. */
function cookieWord({ keys, session }: RequestView, word: number): number {
  return session === "" ? 0 : (keys[COOKIE * KEY_WORDS + word] ?? 0);
}
