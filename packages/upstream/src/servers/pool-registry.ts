import type { UpstreamOptions, UpstreamTlsOptions } from "../settings.ts";
import { tlsKey } from "../tls-context.ts";
import { UpstreamPool, type UpstreamStats } from "../upstream-pool.ts";

/** What all pools of an edge have in common. */
export type PoolDefaults = Omit<UpstreamOptions, "host" | "port" | "tls">;

interface OpenPool {
  readonly pool: UpstreamPool;
  readonly key: string;
  users: number;
}

/**
 * The pools of one edge, one for each server and way of speaking TLS, shared by all who ask for it and
 * closed when the last of them lets go: then idle connections end, and busy ones when they have
 * finished.
 */
export class PoolRegistry {
  private readonly defaults: PoolDefaults;
  private readonly byKey = new Map<string, OpenPool>();
  private readonly byPool = new Map<UpstreamPool, OpenPool>();
  /** Closed, but not empty when last looked at. */
  private readonly draining = new Set<UpstreamPool>();

  constructor(defaults: PoolDefaults) {
    this.defaults = defaults;
  }

  /**
   * A pool for each server; each is to be closed as often as it was opened.
   *
   * @throws what the constructor of `UpstreamPool` throws; none has been opened then.
   */
  openAll(
    servers: readonly { readonly host: string; readonly port: number }[],
    tls: UpstreamTlsOptions | undefined,
  ): UpstreamPool[] {
    const opened: UpstreamPool[] = [];
    try {
      for (const { host, port } of servers) opened.push(this.open(host, port, tls));
    } catch (error) {
      for (const pool of opened) this.close(pool);
      throw error;
    }
    return opened;
  }

  /** Lets go of a pool. Who has an exchange under way, or one that waits, may see it through. */
  close(pool: UpstreamPool): void {
    const entry = this.byPool.get(pool);
    if (entry === undefined) return;
    entry.users--;
    if (entry.users > 0) return;
    this.byPool.delete(pool);
    this.byKey.delete(entry.key);
    pool.close();
    this.draining.add(pool);
    this.forgetDrained();
  }

  /** Connections of all pools, those that drain included. */
  get stats(): UpstreamStats {
    this.forgetDrained();
    const sum = { open: 0, idle: 0, busy: 0, queued: 0 };
    for (const pool of this.pools()) {
      const { stats } = pool;
      sum.open += stats.open;
      sum.idle += stats.idle;
      sum.busy += stats.busy;
      sum.queued += stats.queued;
    }
    return sum;
  }

  /** Closes every connection now. */
  destroy(): void {
    for (const pool of this.pools()) pool.destroy();
    this.byKey.clear();
    this.byPool.clear();
    this.draining.clear();
  }

  private open(host: string, port: number, tls: UpstreamTlsOptions | undefined): UpstreamPool {
    const key = `${host} ${port} ${tlsKey(tls)}`;
    const known = this.byKey.get(key);
    if (known !== undefined) {
      known.users++;
      return known.pool;
    }
    const pool = new UpstreamPool({ ...this.defaults, host, port, ...(tls && { tls }) });
    const entry = { pool, key, users: 1 };
    this.byKey.set(key, entry);
    this.byPool.set(pool, entry);
    return pool;
  }

  private pools(): UpstreamPool[] {
    return [...this.byPool.keys(), ...this.draining];
  }

  private forgetDrained(): void {
    for (const pool of this.draining) {
      const { open, queued } = pool.stats;
      if (open === 0 && queued === 0) this.draining.delete(pool);
    }
  }
}
