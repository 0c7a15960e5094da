import {
  ALLOW,
  type ClientIdentifier,
  type ClientLists,
  type CompiledApi,
  type DecisionContext,
  type DenialScope,
  DENY_MASK,
  denyIdentifier,
  foldUsername,
  formatAddress,
  type HashKey,
  hashIdentifier,
  type IdentifierKind,
  judge,
  KEY_WORDS,
  locate,
  type Objection,
  offenceOf,
  type OffenceSource,
  type Policy,
  type RequestView,
  TOKEN_CHECK,
  USERNAME,
  type Verdict,
} from "@portcullis/core";

import { CachedListReader } from "./cached-list-reader.ts";
import type { ClientSpikes } from "./client-spikes.ts";
import type { DenialReason, Evidence, Identities } from "./evidence.ts";
import type { IssuedIdentity, LearnedUsers } from "./learned-users.ts";
import type { OffenceBacklog } from "./offence-backlog.ts";
import type { OpenClient, Standing } from "./open-client.ts";
import { RecentHeaders } from "./recent-headers.ts";
import type { SharedSwitches } from "./shared-switches.ts";
import { TokenCache } from "./token-cache.ts";
import { TokenReader, type TokenReaderOptions } from "./token-reader.ts";

/** One offence, as it leaves the thread that saw it. */
export interface Offence {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly api: string;
  readonly source: OffenceSource;
  readonly client: ClientIdentifier;
  readonly ip: string;
  readonly method: string;
  readonly path: string;
  readonly requestId: string;
  /** Whether `client` is denied for it, or it is only recorded. */
  readonly isDenied: boolean;
  /** Unix second at which the denial ends; 0: never. */
  readonly expiresAt: number;
  /** Why it was laid to `client`, or to nobody. */
  readonly reason: DenialReason;
}

export interface EnforcerOptions {
  readonly policy: Policy;
  readonly lists: ClientLists;
  readonly hashKey: HashKey;
  readonly switches: SharedSwitches;
  readonly spikes: ClientSpikes;
  /** How much of an address is denied at a time. */
  readonly denialScope: DenialScope;
  readonly evidence: Evidence;
  /** Left out: user names are known from requests only. */
  readonly learned?: LearnedUsers | undefined;
  /** Bytes of tokens this thread remembers. */
  readonly tokenCacheBytes: number;
  /** Left out: APIs that verify tokens believe none. */
  readonly tokens?: TokenReaderOptions | undefined;
  readonly backlog: OffenceBacklog;
  /** Told of every offence, after its client has been denied in shared memory. */
  readonly onOffence: (offence: Offence) => void;
}

/**
 * The enforcer of one thread, without sockets: decides requests and denies offenders at once, on
 * every thread that shares the lists.
 */
export class Enforcer {
  readonly #options: EnforcerOptions;
  readonly #cache: TokenCache;
  readonly #tokens: TokenReader;
  readonly #context: { -readonly [K in keyof DecisionContext]: DecisionContext[K] };

  constructor(options: EnforcerOptions) {
    this.#options = options;
    const cache = new TokenCache(options.tokenCacheBytes);
    this.#cache = cache;
    this.#tokens = new TokenReader(cache, options.tokens);
    this.#context = {
      policy: options.policy,
      lists: new CachedListReader(options.lists, options.hashKey, cache, options.learned),
      claims: this.#tokens,
      headers: new RecentHeaders(cache),

      firewall: true,
    };
    options.spikes.replaceApis(options.policy.apis);
  }

  get policy(): Policy {
    return this.#context.policy;
  }

  /** Takes `policy` for every request from now on. */
  replacePolicy(policy: Policy): void {
    this.#context.policy = policy;
    this.#options.spikes.replaceApis(policy.apis);
  }

  /**
   * Decides `request`. `nowMs` is the wall clock in milliseconds; `request.requestId` is recorded
   * with an offence. A token that has not been verified yet counts as one that cannot be.
   */
  decide(request: RequestView, nowMs: number): Verdict {
    return this.#locate(request, nowMs) ?? this.#judge(request, nowMs);
  }

  /**
   * The same, unless a token must be verified first: then `undefined`, and nothing has been counted
   * or recorded. Call `verifyToken`, and decide on the request when that resolves.
   */
  tryDecide(request: RequestView, nowMs: number): Verdict | undefined {
    const rejected = this.#locate(request, nowMs);
    if (rejected !== undefined) return rejected;
    const mustWait = request.tokenCheck === TOKEN_CHECK.pending && this.#context.firewall;
    return mustWait ? undefined : this.#judge(request, nowMs);
  }

  /**
   * Has the token of a request verified that `tryDecide` could not decide; reads the request now, not
   * later. Resolves when there is news, or there will be none; never rejects.
   */
  verifyToken({ api, pendingToken }: RequestView): Promise<void> {
    const jwt = api?.jwt;
    return jwt === undefined ? Promise.resolve() : this.#tokens.verify(pendingToken, jwt);
  }

  #locate(request: RequestView, nowMs: number): Verdict | undefined {
    this.#context.firewall = this.#options.switches.firewall;
    return locate(request, this.#context, Math.floor(nowMs / 1000));
  }

  #judge(request: RequestView, nowMs: number): Verdict {
    const verdict = judge(request, this.#context, Math.floor(nowMs / 1000));
    if (!this.#context.firewall) return verdict;
    if (verdict.kind === "forward") return this.#checkSpike(request, nowMs) ?? verdict;
    const offence = offenceOf(request, verdict);
    if (offence !== undefined) this.#punish(request, offence, nowMs);
    return verdict;
  }

  /**
   * Takes note of who is let in; what it returns is to be handed to `succeeded` or `loggedOut` when
   * the upstream has answered.
   */
  noteRequest(request: RequestView, nowMs: number): Identities | undefined {
    const { api } = request;
    const { session, token } = request;
    if (api === undefined || (token === "" && session === "")) return undefined;
    const nowSeconds = Math.floor(nowMs / 1000);
    const entry = token === "" ? undefined : this.#cache.lastEntry(token);
    // What is kept of a client counts in seconds: the second time in one changes nothing.
    if (entry?.isNoted(request, api, nowSeconds) === true) return undefined;
    const identities = this.#options.evidence.noteRequest(request, api, nowSeconds);
    if (identities === undefined) entry?.note(request, api, nowSeconds);
    return identities;
  }

  /** The upstream has taken the request of `identities`: their offences are their owners'. */
  succeeded(identities: Identities, nowMs: number): void {
    this.#options.evidence.succeeded(identities, Math.floor(nowMs / 1000));
  }

  /** The upstream has taken the cookie of `identities` away. */
  loggedOut(identities: Identities, nowMs: number): void {
    const { evidence, learned } = this.#options;
    const nowSeconds = Math.floor(nowMs / 1000);
    evidence.loggedOut(identities, nowSeconds);
    learned?.forget(identities.keys, KEY_WORDS, nowSeconds);
  }

  /** The upstream has given `identity` to a client that logged in under `username`, as it was typed. */
  loggedIn(username: string, identity: IssuedIdentity, nowMs: number): void {
    this.#options.learned?.learn(foldUsername(username), identity, Math.floor(nowMs / 1000));
  }

  /** Changes with every change of the lists, on whatever thread. */
  get listsGeneration(): number {
    return this.#options.lists.generation();
  }

  /** Whether anything is enforced at all. */
  get firewall(): boolean {
    return this.#options.switches.firewall;
  }

  /**
   * What the lists say now of a client that was let in. `denied` only where a request of its own would
   * be blocked for it: not with the firewall off, nor on an `api` that does not block.
   */
  standingOf(client: OpenClient, api: CompiledApi, nowSeconds: number): Standing {
    const { lists } = this.#options;
    let flags = lists.addressFlags(client.address, nowSeconds);
    for (let at = 0; at < client.keys.length; at += KEY_WORDS) {
      flags |= lists.flagsOf(client.keys, at, nowSeconds);
    }
    if ((flags & ALLOW) !== 0) return "allowed";
    const isEnforced = this.firewall && api.denyListVerdict.kind === "block";
    return isEnforced && (flags & DENY_MASK) !== 0 ? "denied" : "unlisted";
  }

  /** The key under which the bytes of one address in one direction of one API are counted. */
  meterKey(api: CompiledApi, direction: "in" | "out", address: string): Int32Array {
    const key = new Int32Array(KEY_WORDS);
    // A purpose that no listed identifier has: user names carry no name.
    hashIdentifier(
      this.#options.hashKey,
      USERNAME,
      `bytes ${direction} ${api.id}`,
      address,
      key,
      0,
    );
    return key;
  }

  /** Flow control comes last: only what would be forwarded counts. An allowed client is not counted. */
  #checkSpike(request: RequestView, nowMs: number): Objection | undefined {
    const { api } = request;
    if (api === undefined || api.clientSpike.count === 0) return undefined;
    if ((request.listFlags & ALLOW) !== 0) return undefined;
    const isOver = this.#options.spikes.count(api, request.address, nowMs);
    return isOver ? api.clientSpikeVerdict : undefined;
  }

  #punish(request: RequestView, source: OffenceSource, nowMs: number): void {
    const { api } = request;
    const { backlog, switches } = this.#options;
    if (api === undefined || !switches.detection) return;
    if (!backlog.hasRoom()) {
      backlog.lose();
      return;
    }
    // Where the table is full or its lock taken, the control plane adds what `onOffence` reports.
    const { denialScope, evidence, lists } = this.#options;
    const nowSeconds = Math.floor(nowMs / 1000);
    const sentence = evidence.judge(request, source, nowSeconds);
    if (sentence === undefined) return;
    const { denied, expiresAt, reason } = sentence;
    if (denied !== undefined) {
      denyIdentifier(request, denied, source, lists, denialScope, expiresAt, nowSeconds);
    }
    this.#options.onOffence({
      at: nowMs,
      api: api.id,
      source,
      client: clientOf(request, api, denied ?? "ip", denialScope),
      ip: formatAddress(request.address),
      method: request.method,
      path: request.path,
      requestId: request.requestId,
      isDenied: denied !== undefined,
      expiresAt,
      reason,
    });
  }
}

function clientOf(
  request: RequestView,
  api: CompiledApi,
  kind: IdentifierKind,
  scope: DenialScope,
): ClientIdentifier {
  if (kind === "token") return { kind, name: "", value: request.token };
  if (kind === "cookie") return { kind, name: api.cookie, value: request.session };
  return { kind: "ip", name: "", value: scope.format(request.address) };
}
