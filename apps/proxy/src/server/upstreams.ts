import type { CompiledApi, Policy, Threshold } from "@portcullis/core";
import {
  NO_SERVER,
  type PoolDefaults,
  PoolRegistry,
  ServerGroup,
  type ServerGroupOptions,
  type ServerPlace,
  type ServerStates,
  type UpstreamFault,
  type UpstreamStats,
  type UpstreamTlsOptions,
} from "@portcullis/upstream";

/** How an edge speaks to upstreams, in milliseconds where it is a time. */
export interface UpstreamLimits {
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly idleMs: number;
  readonly keepAliveMs: number;
  readonly connections: number;
  /** Requests that may wait, for a connection to a server or within the quotas of an API. */
  readonly waiting: number;
  readonly balancing: "least-connections" | "round-robin";
  /** For servers with `server_ssl`. */
  readonly tls: UpstreamTlsOptions;
}

const NO_LIMIT: Threshold = { count: 0, seconds: 1 };

/** The seats of each API's servers in shared memory, in the order of the policy's definitions. */
export type ServerSeats = readonly (readonly number[])[];

/** How the servers of an API are spoken to by others than its group. */
export interface UpstreamManner {
  readonly tls: UpstreamTlsOptions | undefined;
  readonly connectMs: number;
  readonly firstByteMs: number;
}

/**
 * The upstream side of one edge: one group of servers for each API, whose connections are shared
 * by all APIs that name the same server.
 */
export class Upstreams {
  readonly #limits: UpstreamLimits;
  readonly #states: ServerStates;
  readonly #registry: PoolRegistry;
  #groups = new Map<string, ServerGroup>();
  /** By API index; `undefined` for APIs without servers. */
  #byApi: (ServerGroup | undefined)[] = [];

  constructor(limits: UpstreamLimits, states: ServerStates, policy: Policy, seats: ServerSeats) {
    this.#limits = limits;
    this.#states = states;
    this.#registry = new PoolRegistry(poolDefaults(limits));
    this.replacePolicy(policy, seats);
  }

  /** Servers that stay keep their connections; those that go finish what they have. */
  replacePolicy(policy: Policy, seats: ServerSeats): void {
    const old = this.#groups;
    this.#groups = new Map();
    this.#byApi = policy.apis.map((api, index) => this.#groupOf(api, seats[index] ?? [], old));
    for (const [id, group] of old) {
      if (!this.#groups.has(id)) group.close();
    }
  }

  /** The servers of an API; `undefined`: it has none. */
  groupFor(api: CompiledApi): ServerGroup | undefined {
    return this.#byApi[api.index];
  }

  /**
   * A place for a WebSocket at one of the API's servers but those `tried`, within their quotas; or why
   * there is none.
   */
  claim(
    api: CompiledApi,
    stickiness: number,
    tried: readonly ServerPlace[],
  ): ServerPlace | UpstreamFault {
    return this.groupFor(api)?.claim(stickiness, tried) ?? NO_SERVER;
  }

  mannerOf(api: CompiledApi): UpstreamManner {
    const { connectMs, firstByteMs } = this.#limits;
    return { tls: this.#tlsOf(api), connectMs, firstByteMs };
  }

  /** Connections to all upstreams. */
  stats(): UpstreamStats {
    return this.#registry.stats;
  }

  /** Closes everything now. */
  destroy(): void {
    for (const group of this.#groups.values()) group.destroy();
    this.#registry.destroy();
  }

  #groupOf(
    api: CompiledApi,
    seats: readonly number[],
    old: ReadonlyMap<string, ServerGroup>,
  ): ServerGroup | undefined {
    const options = this.#optionsOf(api, seats);
    if (options.servers.length === 0) return undefined;
    const known = old.get(api.id);
    known?.replace(options);
    const group = known ?? new ServerGroup(this.#registry, this.#states, options);
    this.#groups.set(api.id, group);
    return group;
  }

  /** `undefined`: the API's servers speak plain HTTP. */
  #tlsOf({ definition }: CompiledApi): UpstreamTlsOptions | undefined {
    return definition.serverSsl ? this.#limits.tls : undefined;
  }

  #optionsOf(api: CompiledApi, seats: readonly number[]): ServerGroupOptions {
    const { definition } = api;
    const tls = this.#tlsOf(api);
    return {
      servers: definition.servers.map(({ connectionQuota, host, port, spike }, at) => ({
        host,
        port,
        seat: seats[at] ?? 0,
        connectionQuota,
        // Spikes are limits on requests of HTTP; the definition's reader warns of others.
        spike: definition.protocol === "ws" ? NO_LIMIT : spike,
      })),
      ...(tls === undefined ? {} : { tls }),
      balancing: this.#limits.balancing,
      queues: definition.flowControl.serverConnectionQueueing,
      maxQueued: this.#limits.waiting,
    };
  }
}

function poolDefaults(limits: UpstreamLimits): PoolDefaults {
  return {
    connectTimeoutMs: limits.connectMs,
    headTimeoutMs: limits.firstByteMs,
    idleTimeoutMs: limits.idleMs,
    keepAliveMs: limits.keepAliveMs,
    maxConnections: limits.connections,
    maxQueued: limits.waiting,
  };
}
