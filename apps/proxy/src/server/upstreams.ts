import { type CompiledApi, type Policy } from "@portcullis/core";
import { UpstreamPool, type UpstreamStats } from "@portcullis/upstream";

/** How an edge speaks to upstreams, in milliseconds where it is a time. */
export interface UpstreamLimits {
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly idleMs: number;
  readonly keepAliveMs: number;
  readonly connections: number;
}

/**
 * The upstream connections of one edge: one pool for each server, shared by the APIs that name it.
 */
export class Upstreams {
  readonly #limits: UpstreamLimits;
  #pools = new Map<string, UpstreamPool>();
  /** By API index: its pools, in the order of its servers. */
  #byApi: UpstreamPool[][] = [];
  #turn = 0;

  constructor(limits: UpstreamLimits, policy: Policy) {
    this.#limits = limits;
    this.replacePolicy(policy);
  }

  /** Opens pools for new servers; those that no API names any more finish what they have and close. */
  replacePolicy(policy: Policy): void {
    const old = this.#pools;
    this.#pools = new Map();
    this.#byApi = policy.apis.map((api) => this.#poolsOf(api, old));
    for (const [key, pool] of old) {
      if (!this.#pools.has(key)) pool.close();
    }
  }

  /** The pool for the API's next request, its servers in turn; `undefined`: it has none. */
  poolFor(api: CompiledApi): UpstreamPool | undefined {
    const pools = this.#byApi[api.index];
    if (pools === undefined || pools.length < 2) return pools?.[0];
    this.#turn = (this.#turn + 1) | 0;
    return pools[(this.#turn >>> 0) % pools.length];
  }

  /** Connections to all upstreams. */
  stats(): UpstreamStats {
    const sum = { open: 0, idle: 0, busy: 0, queued: 0 };
    for (const { stats } of this.#pools.values()) {
      sum.open += stats.open;
      sum.idle += stats.idle;
      sum.busy += stats.busy;
      sum.queued += stats.queued;
    }
    return sum;
  }

  /** Closes everything now. */
  destroy(): void {
    for (const pool of this.#pools.values()) pool.destroy();
  }

  #poolsOf(api: CompiledApi, old: ReadonlyMap<string, UpstreamPool>): UpstreamPool[] {
    const { serverSsl, servers } = api.definition;
    return servers.map(({ host, port }) => {
      const key = `${serverSsl ? "https" : "http"}://${host}:${port}`;
      const pool = this.#pools.get(key) ?? old.get(key) ?? this.#open(host, port, serverSsl);
      this.#pools.set(key, pool);
      return pool;
    });
  }

  #open(host: string, port: number, isTls: boolean): UpstreamPool {
    const { connectMs, connections, firstByteMs, idleMs, keepAliveMs } = this.#limits;
    return new UpstreamPool({
      host,
      port,
      ...(isTls ? { tls: {} } : {}),
      connectTimeoutMs: connectMs,
      headTimeoutMs: firstByteMs,
      idleTimeoutMs: idleMs,
      keepAliveMs,
      maxConnections: connections,
    });
  }
}
