import {
  type BlamedKind,
  blameOf,
  type CompiledApi,
  COOKIE,
  KEY_WORDS,
  type OffenceSource,
  type RequestView,
  TOKEN,
} from "@portcullis/core";

import type { AddressRecords } from "./address-records.ts";
import type { SeenIdentities } from "./seen-identities.ts";

/** What it takes to be denied, beyond an offence. */
export interface EvidenceRules {
  /** Offences in an hour with identities never seen to succeed, past which the address is denied; 0: any number. */
  readonly unprovenLimit: number;
  /** Identities that one address may put on the lists in an hour. */
  readonly listedLimit: number;
  /** Identities seen to succeed in a day that make an address a shared one; 0: none is. */
  readonly sharedIdentities: number;
  /** Offences in an hour past which a shared address is denied, */
  readonly sharedOffences: number;
  /** and for how many seconds. */
  readonly sharedSeconds: number;
  /** Whether a decoy that a page of another site, or a prefetch, asked for denies nobody. */
  readonly sparesCrossSite: boolean;
}

/** Why an offence was laid to whom it was, or to nobody. */
export type DenialReason =
  | "seen"
  | "never-seen"
  | "address"
  | "rotating"
  | "shared-address"
  | "cross-site";

/** What comes of an offence: overwritten by the next one. */
export class Sentence {
  /** The identifier that is denied; `undefined`: nobody is, and the offence is only recorded. */
  denied: BlamedKind | undefined = undefined;
  /** Unix second; 0: never. */
  expiresAt = 0;
  reason: DenialReason = "address";
}

/** How long a token is remembered after its last request. */
const TOKEN_SECONDS = 86_400;

/**
 * Says who is denied for an offence. Nobody is locked out by what others did: an identity is denied
 * because it was used for the offence, an address only where no identity takes the blame, where it
 * changes identities that no upstream has ever taken, and for a short time where many share it.
 */
export class Evidence {
  readonly #rules: EvidenceRules;
  readonly #seen: SeenIdentities;
  readonly #addresses: AddressRecords;
  readonly #sentence = new Sentence();

  constructor(rules: EvidenceRules, seen: SeenIdentities, addresses: AddressRecords) {
    this.#rules = rules;
    this.#seen = seen;
    this.#addresses = addresses;
  }

  /** The sentence for `offence`, good until the next call; `undefined` if nobody can be blamed. */
  judge(request: RequestView, offence: OffenceSource, nowSeconds: number): Sentence | undefined {
    if (offence === "decoy" && this.#rules.sparesCrossSite && isFromElsewhere(request)) {
      return this.#pass(undefined, "cross-site", 0);
    }
    const kind = blameOf(request, offence);
    if (kind === undefined) return undefined;
    if (kind === "ip") return this.#judgeAddress(request, "address", nowSeconds);
    return this.#judgeIdentity(request, kind, nowSeconds);
  }

  /**
   * Takes note of who is let in, and returns what has to be remembered should the upstream take it:
   * `undefined` where it has been seen before.
   */
  noteRequest(request: RequestView, api: CompiledApi, nowSeconds: number): Identities | undefined {
    const { keys } = request;
    let isNew = false;
    if (request.token !== "") {
      isNew = !this.#seen.refresh(keys, TOKEN * KEY_WORDS, nowSeconds, nowSeconds + TOKEN_SECONDS);
    }
    if (request.session !== "") {
      const { cookieIdleTimeoutSeconds: idle, logoutApiEnabled } = api.definition;
      const isSeen = this.#seen.refresh(keys, COOKIE * KEY_WORDS, nowSeconds, nowSeconds + idle);
      isNew = isNew || !isSeen || logoutApiEnabled;
    }
    return isNew ? new Identities(request, api) : undefined;
  }

  /** The upstream has taken the request of `identities`. */
  succeeded(identities: Identities, nowSeconds: number): void {
    const { address, cookieSeconds, hasToken, keys } = identities;
    if (hasToken) this.#learn(keys, 0, nowSeconds, TOKEN_SECONDS, address);
    if (cookieSeconds > 0) this.#learn(keys, KEY_WORDS, nowSeconds, cookieSeconds, address);
  }

  /** The upstream has taken the cookie of `identities` away. */
  loggedOut(identities: Identities, nowSeconds: number): void {
    if (identities.cookieSeconds > 0) this.#seen.forget(identities.keys, KEY_WORDS, nowSeconds);
  }

  #learn(
    keys: Int32Array,
    offset: number,
    nowSeconds: number,
    seconds: number,
    address: Uint32Array | undefined,
  ): void {
    this.#seen.remember(keys, offset, nowSeconds, nowSeconds + seconds);
    if (address !== undefined) {
      this.#addresses.noteIdentity(address, keys[offset + 1] ?? 0, nowSeconds);
    }
  }

  #judgeIdentity(request: RequestView, kind: "token" | "cookie", nowSeconds: number): Sentence {
    const { listedLimit, unprovenLimit } = this.#rules;
    const { address, keys } = request;
    const offset = (kind === "token" ? TOKEN : COOKIE) * KEY_WORDS;
    const isSeen = this.#seen.has(keys, offset, nowSeconds);
    const unproven = isSeen ? 0 : this.#addresses.countUnproven(address, nowSeconds);
    const isRotating = unprovenLimit > 0 && unproven > unprovenLimit;
    if (isRotating || this.#addresses.countListed(address, nowSeconds) > listedLimit) {
      return this.#judgeAddress(request, "rotating", nowSeconds);
    }
    return this.#pass(kind, isSeen ? "seen" : "never-seen", 0);
  }

  #judgeAddress(request: RequestView, reason: DenialReason, nowSeconds: number): Sentence {
    const { sharedIdentities, sharedOffences, sharedSeconds } = this.#rules;
    const { address } = request;
    // A trusted proxy's: others come through it, too.
    if (request.isSharedAddress) return this.#pass(undefined, reason, 0);
    const isShared =
      sharedIdentities > 0 && this.#addresses.identities(address, nowSeconds) >= sharedIdentities;
    if (!isShared) return this.#pass("ip", reason, 0);
    return this.#addresses.countOffence(address, nowSeconds) > sharedOffences
      ? this.#pass("ip", "shared-address", nowSeconds + sharedSeconds)
      : this.#pass(undefined, "shared-address", 0);
  }

  #pass(denied: BlamedKind | undefined, reason: DenialReason, expiresAt: number): Sentence {
    const sentence = this.#sentence;
    sentence.denied = denied;
    sentence.reason = reason;
    sentence.expiresAt = expiresAt;
    return sentence;
  }
}

/** Token and cookie of one request, kept until its answer says whether the upstream takes them. */
export class Identities {
  readonly hasToken: boolean;
  /** How long the cookie is remembered after its last request; 0 without one. */
  readonly cookieSeconds: number;
  /** The cookie whose removal is a logout; empty where that does not matter. */
  readonly logoutCookie: string;
  /** The keys of token and cookie. */
  readonly keys: Int32Array;
  /** `undefined`: a proxy's, which says nothing of its clients. */
  readonly address: Uint32Array | undefined;

  constructor(request: RequestView, api: CompiledApi) {
    const hasCookie = request.session !== "";
    this.hasToken = request.token !== "";
    this.cookieSeconds = hasCookie ? api.definition.cookieIdleTimeoutSeconds : 0;
    this.logoutCookie = hasCookie && api.definition.logoutApiEnabled ? api.cookie : "";
    this.keys = request.keys.slice(TOKEN * KEY_WORDS, (COOKIE + 1) * KEY_WORDS);
    this.address = request.isSharedAddress ? undefined : request.address.slice();
  }
}

/** Whether a page of another site made a browser ask, or the browser asked by itself. */
function isFromElsewhere({ isCrossSite, isPrefetch, method }: RequestView): boolean {
  if (isPrefetch) return true;
  return isCrossSite && (method === "GET" || method === "HEAD" || method === "OPTIONS");
}
