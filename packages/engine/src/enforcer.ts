import {
  type ClientIdentifier,
  type ClientLists,
  type CompiledApi,
  type DecisionContext,
  denyOffender,
  evaluate,
  formatAddress,
  type HashKey,
  type IdentifierKind,
  offenceOf,
  type OffenceSource,
  type Policy,
  type RequestView,
  type Verdict,
} from "@portcullis/core";

import { CachedListReader } from "./cached-list-reader.ts";
import { type OffenceBacklog } from "./offence-backlog.ts";
import { type SharedSwitches } from "./shared-switches.ts";
import { TokenCache } from "./token-cache.ts";

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
}

export interface EnforcerOptions {
  readonly policy: Policy;
  readonly lists: ClientLists;
  readonly hashKey: HashKey;
  readonly switches: SharedSwitches;
  /** Bytes of tokens this thread remembers. */
  readonly tokenCacheBytes: number;
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
  readonly #context: { -readonly [K in keyof DecisionContext]: DecisionContext[K] };

  constructor(options: EnforcerOptions) {
    this.#options = options;
    const claims = new TokenCache(options.tokenCacheBytes);
    this.#context = {
      policy: options.policy,
      lists: new CachedListReader(options.lists, options.hashKey, claims),
      claims,
      firewall: true,
    };
  }

  get policy(): Policy {
    return this.#context.policy;
  }

  /** Takes `policy` for every request from now on. */
  replacePolicy(policy: Policy): void {
    this.#context.policy = policy;
  }

  /**
   * Decides `request`. `nowMs` is the wall clock in milliseconds; `request.requestId` is recorded
   * with an offence.
   */
  decide(request: RequestView, nowMs: number): Verdict {
    this.#context.firewall = this.#options.switches.firewall;
    const verdict = evaluate(request, this.#context, Math.floor(nowMs / 1000));
    if (verdict.kind === "forward" || !this.#context.firewall) return verdict;
    const offence = offenceOf(request, verdict);
    if (offence !== undefined) this.#punish(request, offence, nowMs);
    return verdict;
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
    const kind = denyOffender(request, source, this.#options.lists, Math.floor(nowMs / 1000));
    if (kind === undefined) return;
    this.#options.onOffence({
      at: nowMs,
      api: api.id,
      source,
      client: clientOf(request, api, kind),
      ip: formatAddress(request.address),
      method: request.method,
      path: request.path,
      requestId: request.requestId,
    });
  }
}

function clientOf(request: RequestView, api: CompiledApi, kind: IdentifierKind): ClientIdentifier {
  if (kind === "token") return { kind, name: "", value: request.token };
  if (kind === "cookie") return { kind, name: api.cookie, value: request.session };
  return { kind: "ip", name: "", value: formatAddress(request.address) };
}
