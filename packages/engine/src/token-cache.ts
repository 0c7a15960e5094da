import { type Claims, claimText, decodeClaims } from "@portcullis/token-pool";

import { KnownIdentifier } from "./known-identifier.ts";

/** The signature's tail spreads well, and comparing whole strings of one length is a memcmp. */
const TAIL = 24;
/** What an entry costs besides its token, roughly: the object, its place in the map, what came with the token. */
const ENTRY_BYTES = 768;

/** What is remembered of one token, and of the client that shows it. The fields are the owner's to fill. */
export class TokenEntry {
  readonly token: string;
  /** Whether the token's own `KnownIdentifier` has been filled. */
  hasKey = false;
  claims: Claims | undefined = undefined;
  hasClaims = false;
  /** The claim that `username` was read from. */
  usernameClaim = "";
  username = "";
  /** By kind. */
  readonly #identifiers: (KnownIdentifier | undefined)[] = [];

  constructor(token: string) {
    this.token = token;
  }

  /** The identifier of a kind that came with the token last; the token itself is one. */
  identifier(kind: number): KnownIdentifier {
    return (this.#identifiers[kind] ??= new KnownIdentifier(kind));
  }
}

/**
 * The tokens one thread has seen lately, found by their last characters and compared whole.
 *
 * Bounded in bytes by two generations: when the young half is full, the old half is forgotten, so a
 * flood of new tokens costs a flood's worth of misses and no more memory.
 */
export class TokenCache {
  readonly #halfBytes: number;
  #young = new Map<string, TokenEntry>();
  #old = new Map<string, TokenEntry>();
  #youngBytes = 0;
  /** The entry asked for last: one request asks for its token's more than once. */
  #last = new TokenEntry("");

  constructor(maxBytes: number) {
    this.#halfBytes = maxBytes / 2;
  }

  /** The entry of `token`, a fresh one where it was not remembered. */
  entry(token: string): TokenEntry {
    if (this.#last.token !== token) this.#last = this.#find(token);
    return this.#last;
  }

  #find(token: string): TokenEntry {
    const tail = token.length > TAIL ? token.slice(-TAIL) : token;
    const young = this.#young.get(tail);
    if (young !== undefined && young.token === token) return young;
    const old = this.#old.get(tail);
    return this.#remember(tail, old?.token === token ? old : new TokenEntry(token));
  }

  /** The user name in the claim `claim` of the JWT `token`; empty where it has none. */
  usernameOf(token: string, claim: string): string {
    const entry = this.entry(token);
    if (entry.usernameClaim === claim) return entry.username;
    if (!entry.hasClaims) {
      entry.claims = decodeClaims(token);
      entry.hasClaims = true;
    }
    entry.username = entry.claims === undefined ? "" : (claimText(entry.claims, claim) ?? "");
    entry.usernameClaim = claim;
    return entry.username;
  }

  #remember(tail: string, entry: TokenEntry): TokenEntry {
    if (this.#youngBytes >= this.#halfBytes) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngBytes = 0;
    }
    this.#young.set(tail, entry);
    this.#youngBytes += ENTRY_BYTES + entry.token.length;
    return entry;
  }
}
