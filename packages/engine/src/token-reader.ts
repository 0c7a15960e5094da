import { type ClaimReader, type CompiledJwt, TOKEN_CHECK, type TokenCheck } from "@portcullis/core";
import { twinOfToken } from "@portcullis/token-pool";
import {
  type KeySetSource,
  PoolClosedError,
  PoolSaturatedError,
  refusalBySight,
  type TokenVerifier,
  type Verification,
} from "@portcullis/token-pool/verify";

import type { TokenCache } from "./token-cache.ts";
import type { TokenIssuers, TokenRule } from "./token-issuers.ts";

export interface TokenReaderOptions {
  readonly issuers: TokenIssuers;
  readonly verifier: TokenVerifier;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Told of keys that cannot be used and of workers that end; not of a queue that is full. */
  readonly onTrouble: (error: unknown) => void;
}

/** Whole seconds for which a refusal is remembered at least: it may be over with a new key, or a clock set right. */
const REFUSAL_SECONDS = 10;
/** The same for one that may be over soon: the token's time has not come, or its key may be there. */
const BRIEF_SECONDS = 1;

/** Knows of tokens what this thread has seen of them, and has those verified that it has not. */
export class TokenReader implements ClaimReader {
  readonly #cache: TokenCache;
  readonly #options: TokenReaderOptions | undefined;
  /** By rule and token: many requests of one client may wait for its one token. */
  readonly #underWay = new Map<string, Promise<void>>();

  /** Without `options` no token is ever believed. */
  constructor(cache: TokenCache, options: TokenReaderOptions | undefined) {
    this.#cache = cache;
    this.#options = options;
  }

  usernameOf(token: string, claim: string): string {
    return this.#cache.usernameOf(token, claim);
  }

  check(token: string, jwt: CompiledJwt, nowSeconds: number): TokenCheck {
    const rule = this.#options?.issuers.ruleOf(jwt);
    if (rule === undefined) return TOKEN_CHECK.unavailable;
    const proof = this.#cache.provenEntry(token)?.proofBy(rule);
    if (proof !== undefined) {
      const isGood = nowSeconds < proof.until && proof.keysVersion === rule.issuer.keysVersion;
      return isGood ? proof.check : TOKEN_CHECK.pending;
    }
    // What can be seen at once is not worth a place in memory, nor a place in a queue.
    return refusalBySight(token) === undefined ? TOKEN_CHECK.pending : TOKEN_CHECK.refused;
  }

  /**
   * Has a token verified whose check is pending; resolves when `check` has news, or when there will
   * be none: nobody could look.
   */
  verify(token: string, jwt: CompiledJwt): Promise<void> {
    const options = this.#options;
    const rule = options?.issuers.ruleOf(jwt);
    if (options === undefined || rule === undefined) return Promise.resolve();
    const key = `${rule.id} ${token}`;
    const underWay = this.#underWay.get(key);
    if (underWay !== undefined) return underWay;
    const work = this.#prove(token, rule, options).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, work);
    return work;
  }

  async #prove(token: string, rule: TokenRule, options: TokenReaderOptions): Promise<void> {
    try {
      const { issuer } = rule;
      if (issuer.keys === undefined) await issuer.refresh();
      const isKnown = await this.#look(token, rule, options, issuer.keys);
      if (!isKnown && (await issuer.refresh())) {
        await this.#look(token, rule, options, issuer.keys);
      }
    } catch (error) {
      if (error instanceof PoolSaturatedError || error instanceof PoolClosedError) return;
      options.onTrouble(error);
    }
  }

  /** `false`: the token names a key that is not among these. */
  async #look(
    token: string,
    rule: TokenRule,
    { now, verifier }: TokenReaderOptions,
    keys: KeySetSource | undefined,
  ): Promise<boolean> {
    if (keys === undefined) return true;
    const verification = await verifier.verify(token, rule.rule, keys);
    this.#remember(token, rule, verification, keys.version, Math.floor(now() / 1000));
    return verification.outcome !== "unknown-key";
  }

  #remember(
    token: string,
    rule: TokenRule,
    verification: Verification,
    keysVersion: number,
    nowSeconds: number,
  ): void {
    const { algorithm, outcome, username, validUntil } = verification;
    if (outcome !== "verified") {
      const isBrief = outcome === "not-yet-valid" || outcome === "unknown-key";
      // The second that has begun does not count: it may be over before the request is decided on.
      const until = nowSeconds + 1 + (isBrief ? BRIEF_SECONDS : REFUSAL_SECONDS);
      const entry = this.#cache.doubtfulEntry(token);
      entry.addProof({ rule, check: TOKEN_CHECK.refused, keysVersion, until });
      return;
    }
    const entry = this.#cache.entry(token);
    entry.addProof({ rule, check: TOKEN_CHECK.verified, keysVersion, until: validUntil });
    entry.usernameClaim = rule.rule.username;
    entry.username = username;
    this.#cache.addTwin(entry, twinOfToken(token, algorithm));
  }
}
