import {
  ALLOW,
  type ClientLists,
  COOKIE,
  hashIdentifier,
  type HashKey,
  KEY_WORDS,
  type RequestView,
  TOKEN,
  USERNAME,
} from "@portcullis/core";

import { IdentityTable } from "./identity-table.ts";

/** How long it is remembered whose a token is, after its last request. */
const TOKEN_SECONDS = 86_400;

/** What an upstream has given a client that logged in. */
export interface IssuedIdentity {
  readonly kind: typeof TOKEN | typeof COOKIE;
  /** Of the cookie; empty for a token. */
  readonly name: string;
  readonly value: string;
  /** Seconds that it is remembered whose it is, after its last request. */
  readonly seconds: number;
}

/** The shared memory of learned user names: 2.5 MiB. */
export class LearnedUsersTable extends IdentityTable {
  /** Attaches to `buffer`, or makes a new one. */
  constructor(buffer?: SharedArrayBuffer) {
    super(KEY_WORDS, buffer);
  }
}

/**
 * Whose the tokens and cookies are that upstreams gave out at logins. Only keyed hashes are kept. A name
 * that was learned is what a client wrote into a form: it can be denied, and allows nothing.
 */
export class LearnedUsers {
  readonly #table: LearnedUsersTable;
  readonly #key: HashKey;
  // Of one call at a time.
  readonly #identity = new Int32Array(KEY_WORDS);
  readonly #user = new Int32Array(KEY_WORDS);

  constructor(table: LearnedUsersTable, key: HashKey) {
    this.#table = table;
    this.#key = key;
  }

  /** The token of someone who logs in; one of the OAuth 2 answer (RFC 6749, 5.1). */
  static token(value: string): IssuedIdentity {
    return { kind: TOKEN, name: "", value, seconds: TOKEN_SECONDS };
  }

  /** From now on `identity` is that of `username`, in its folded spelling. */
  learn(username: string, { kind, name, value, seconds }: IssuedIdentity, now: number): void {
    hashIdentifier(this.#key, USERNAME, "", username, this.#user, 0);
    hashIdentifier(this.#key, kind, name, value, this.#identity, 0);
    this.#table.remember(this.#identity, 0, now, now + seconds, this.#user);
  }

  /** A cookie, by its key, has ended with its session. */
  forget(keys: Int32Array, offset: number, nowSeconds: number): void {
    this.#table.forget(keys, offset, nowSeconds);
  }

  /**
   * What `lists` say of the user that the cookie or token of `request` is known to be of. Its key is
   * written to the request's, whose identifiers have been looked up.
   */
  flags(request: RequestView, lists: ClientLists, nowSeconds: number): number {
    if (!this.#table.isUsed) return 0;
    const { api } = request;
    let flags = 0;
    if (request.session !== "") {
      const seconds = api?.definition.cookieIdleTimeoutSeconds ?? 0;
      flags |= this.#flagsOf(request, COOKIE, seconds, lists, nowSeconds);
    }
    // Last, so that its user is the one that stands in `keys`.
    if (request.token !== "") {
      flags |= this.#flagsOf(request, TOKEN, TOKEN_SECONDS, lists, nowSeconds);
    }
    return flags & ~ALLOW;
  }

  #flagsOf(
    request: RequestView,
    kind: number,
    seconds: number,
    lists: ClientLists,
    now: number,
  ): number {
    const { keys } = request;
    const at = kind * KEY_WORDS;
    if (!this.#table.read(keys, at, now, keys, USERNAME * KEY_WORDS)) return 0;
    this.#table.refresh(keys, at, now, now + seconds);
    request.hasLearnedUsername = true;
    return lists.flagsOf(keys, USERNAME * KEY_WORDS, now);
  }
}
