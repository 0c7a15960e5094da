import type { AnswerHandler } from "../answer-handler.ts";
import { CoarseClock } from "../coarse-clock.ts";
import { UpstreamOptionsError } from "../errors.ts";
import type { ExchangeEnd, UpstreamExchange } from "../exchange.ts";
import {
  HEAD_NOT_LATIN1,
  POOL_CLOSED,
  QUOTA,
  QUOTA_QUEUE_FULL,
  QUOTA_QUEUE_TIMEOUT,
  type UpstreamFault,
} from "../fault.ts";
import { isLatin1 } from "../latin1.ts";
import { type WaitingLimits, WaitingLine } from "../waiting-line.ts";
import { type ExchangePlacer, GroupExchange } from "./group-exchange.ts";
import {
  fillGroupSettings,
  type ServerGroupOptions,
  type ServerGroupSettings,
} from "./group-settings.ts";
import type { PoolRegistry } from "./pool-registry.ts";
import { ServerBalancer } from "./server-balancer.ts";
import { ServerPlace } from "./server-place.ts";
import type { ServerStates } from "./server-states.ts";
import { Server } from "./server.ts";

/** A place may come free on another thread, which does not tell us: we look so often. */
const POLL_MS = 10;
/** While others wait too, an edge hands the places that come free to its own requests for so many polls, */
const OWN_POLLS = 10;
/** and then leaves them to others for so many: all others have looked by then. */
const OTHERS_POLLS = 2;
/** Servers that one request may try, if it could be sent to none before. */
const MAX_TRIES = 3;

/** One server as this edge sees it. */
export interface ServerView {
  readonly host: string;
  readonly port: number;
  readonly seat: number;
  /** Exchanges that this edge has open with it. */
  readonly open: number;
  readonly isDown: boolean;
  readonly isEjected: boolean;
}

/**
 * The servers of one API behind one call, on one edge.
 *
 * A server is chosen when a request comes, and its place given back when the exchange has ended, in
 * whatever way, exactly once. Pools are the registry's, and may be shared with other groups.
 */
export class ServerGroup implements ExchangePlacer {
  private readonly registry: PoolRegistry;
  private readonly balancer: ServerBalancer;
  private readonly clock: CoarseClock;
  private readonly states: ServerStates;
  private readonly waiting: WaitingLine;
  private isClosed = false;
  /** In ticks of the clock: from when on places that come free are left to others, if others wait. */
  private yieldAt: number = OWN_POLLS;
  /** Until when they are. */
  private yieldUntil = 0;

  /**
   * @throws UpstreamOptionsError if an option has no sense; what node:tls throws if a certificate
   * or a key cannot be used.
   */
  constructor(registry: PoolRegistry, states: ServerStates, options: ServerGroupOptions) {
    const settings = fillGroupSettings(options);
    this.registry = registry;
    this.clock = new CoarseClock(POLL_MS, () => this.poll());
    this.balancer = new ServerBalancer(settings, states);
    this.waiting = new WaitingLine(lineLimits(settings), this.clock);
    this.states = states;
    this.balancer.servers = this.openServers(settings);
  }

  /**
   * Takes new options, for all requests from now on. Servers that stay keep what is known of them,
   * requests that wait go on waiting, and exchanges with servers that have gone finish there. Does
   * nothing once the group is closed.
   *
   * @throws as the constructor does; nothing has changed then.
   */
  replace(options: ServerGroupOptions): void {
    const settings = fillGroupSettings(options);
    if (this.isClosed) return;
    const old = this.balancer.servers.map(({ pool }) => pool);
    const opened = this.openServers(settings);
    this.tellWaiting(false);
    this.balancer.servers = opened;
    this.balancer.settings = settings;
    for (const pool of old) this.registry.close(pool);
    this.waiting.configure(lineLimits(settings));
    if (this.waiting.length === 0) return;
    this.tellWaiting(true);
    this.serveWaiting();
  }

  /**
   * Sends a request to one of the servers; see `UpstreamPool.request`. `stickiness` binds it to one of
   * them for as long as that one takes requests: any 32-bit number other than 0, the same for all
   * requests of a session. `owesHost`: the head comes without a Host, and gets that of the server.
   *
   * A request that could not be sent because its server could not be reached goes to another one.
   */
  request(
    head: string,
    method: string,
    bodyLength: number,
    handler: AnswerHandler,
    stickiness: number,
    owesHost: boolean,
  ): UpstreamExchange {
    const exchange = new GroupExchange(
      head,
      method,
      bodyLength,
      handler,
      this,
      stickiness,
      owesHost,
    );
    if (this.isClosed) exchange.failSoon(POOL_CLOSED);
    else if (!isLatin1(head)) exchange.failSoon(HEAD_NOT_LATIN1);
    else this.place(exchange);
    return exchange;
  }

  /** Takes no new requests; what is under way or waits finishes, and the pools are let go. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const { pool } of this.balancer.servers) this.registry.close(pool);
  }

  /** The same, and those who wait end with the fault `closed`. What is under way ends with its pool. */
  destroy(): void {
    this.close();
    this.waiting.clear();
    this.stopWaiting();
  }

  /** Requests that wait for a place on this edge. */
  get queued(): number {
    return this.waiting.length;
  }

  /** The servers, in the order of the options. */
  view(): ServerView[] {
    return this.balancer.servers.map(({ host, port, seat, open, share }) => ({
      host,
      port,
      seat,
      open,
      isDown: this.states.isDown(seat),
      isEjected: share === 0,
    }));
  }

  /**
   * A place at one of the servers for a connection that the caller makes itself, a WebSocket; or why
   * there is none. It counts as an open exchange until it is released. Nobody waits for one. `tried`:
   * places whose servers are not to be tried again.
   */
  claim(stickiness: number, tried: readonly ServerPlace[]): ServerPlace | UpstreamFault {
    const { balancer } = this;
    if (this.isClosed) return POOL_CLOSED;
    balancer.begin();
    for (const { server } of tried) balancer.passOver(server);
    const server = balancer.choose(stickiness);
    if (server === undefined) return balancer.objection;
    return new ServerPlace(this, server, balancer.isClaimed);
  }

  /** The group's own: called by a place that is released. */
  release(server: Server, isClaimed: boolean, epoch: number, end: ExchangeEnd): void {
    this.balancer.giveBack(server, isClaimed);
    server.note(end, epoch, this.balancer.settings);
    if (this.waiting.length > 0) this.handOn(server);
  }

  /** The group's own: called by an exchange that has failed. */
  rescue(exchange: GroupExchange, fault: UpstreamFault): boolean {
    const { server } = exchange;
    if (server === undefined || exchange.tries >= MAX_TRIES || !isUnsent(fault)) return false;
    this.leave(exchange, server, fault);
    if (exchange.triedFirst === undefined) exchange.triedFirst = server;
    else exchange.triedSecond = server;
    const { balancer } = this;
    balancer.begin();
    balancer.passOver(exchange.triedFirst);
    balancer.passOver(exchange.triedSecond);
    const next = balancer.choose(exchange.stickiness);
    if (next === undefined) return false;
    this.start(exchange, next);
    return true;
  }

  /** The group's own: called by an exchange that has ended. */
  settle(exchange: GroupExchange, end: ExchangeEnd): void {
    const { server } = exchange;
    if (server !== undefined) this.leave(exchange, server, end);
    if (this.waiting.length > 0 && server !== undefined) this.handOn(server);
  }

  private place(exchange: GroupExchange): void {
    const { balancer, waiting } = this;
    if (waiting.length > 0 && balancer.settings.queues) {
      waiting.add(exchange);
      return;
    }
    balancer.begin();
    const server = balancer.choose(exchange.stickiness);
    if (server !== undefined) {
      this.start(exchange, server);
    } else if (balancer.objection === QUOTA && balancer.settings.queues) {
      waiting.add(exchange);
      this.startWaiting();
    } else {
      exchange.failSoon(balancer.objection);
    }
  }

  private start(exchange: GroupExchange, server: Server): void {
    exchange.server = server;
    exchange.isClaimed = this.balancer.isClaimed;
    exchange.epoch = server.epoch;
    exchange.tries++;
    if (exchange.openHead !== "") exchange.head = headFor(exchange.openHead, server.authority);
    server.pool.carry(exchange);
  }

  /** Gives the place back, once: the exchange knows no server afterwards. */
  private leave(exchange: GroupExchange, server: Server, end: ExchangeEnd): void {
    exchange.server = undefined;
    this.balancer.giveBack(server, exchange.isClaimed);
    server.note(end, exchange.epoch, this.balancer.settings);
  }

  /** A place at `server` has come free while requests wait here. */
  private handOn(server: Server): void {
    const { now } = this.clock;
    if (now >= this.yieldAt && this.states.isAwaitedElsewhere(server.seat)) {
      this.yieldUntil = now + OTHERS_POLLS;
      this.yieldAt = this.yieldUntil + OWN_POLLS;
    }
    if (now >= this.yieldUntil) this.serveWaiting();
  }

  private poll(): void {
    this.waiting.expire();
    if (this.clock.now >= this.yieldUntil) this.serveWaiting();
  }

  private startWaiting(): void {
    if (this.clock.isRunning) return;
    this.clock.start();
    this.yieldAt = this.clock.now + OWN_POLLS;
    this.tellWaiting(true);
  }

  private stopWaiting(): void {
    this.clock.stop();
    this.tellWaiting(false);
  }

  private tellWaiting(isWaiting: boolean): void {
    for (const { seat } of this.balancer.servers) this.states.setWaiting(seat, isWaiting);
  }

  /** Those who wait are served in their order; the first one waits for any server. */
  private serveWaiting(): void {
    const { balancer, waiting } = this;
    for (let next = waiting.peek(); next !== undefined; next = waiting.peek()) {
      if (!(next instanceof GroupExchange)) break;
      balancer.begin();
      const server = balancer.choose(next.stickiness);
      if (server === undefined) return;
      waiting.shift();
      this.start(next, server);
    }
    this.stopWaiting();
  }

  /** The servers of `settings`, each with a pool of its own account; those that were here stay what they are. */
  private openServers(settings: ServerGroupSettings): Server[] {
    const known = new Map(this.balancer.servers.map((server) => [server.key, server]));
    const keys = serverKeys(settings);
    const { seats } = this.states;
    if (settings.servers.some(({ seat }) => seat >= seats)) {
      throw new UpstreamOptionsError("seat", `a whole number below ${seats}`);
    }
    const pools = this.registry.openAll(settings.servers, settings.tls);
    return settings.servers.map((config, i) => {
      const key = keys[i] ?? "";
      const pool = pools[i];
      if (pool === undefined) throw new TypeError("a server without a pool");
      const server = known.get(key);
      if (server === undefined || server.seat !== config.seat) {
        return new Server(key, config, pool, settings.tls !== undefined);
      }
      server.configure(config, settings.tls !== undefined);
      server.pool = pool;
      return server;
    });
  }
}

/** A server listed twice is two, with twice the share. */
function serverKeys({ servers }: ServerGroupSettings): string[] {
  const times = new Map<string, number>();
  return servers.map(({ host, port }) => {
    const server = `${host}:${port}`;
    const time = times.get(server) ?? 0;
    times.set(server, time + 1);
    return time === 0 ? server : `${server} ${time}`;
  });
}

function lineLimits({ maxQueued, queueTimeoutMs }: ServerGroupSettings): WaitingLimits {
  return {
    maxQueued,
    queueTimeoutMs,
    fullFault: QUOTA_QUEUE_FULL,
    timeoutFault: QUOTA_QUEUE_TIMEOUT,
  };
}

/** RFC 9112, 3.2: Host is the first of the fields. */
function headFor(openHead: string, authority: string): string {
  const fields = openHead.indexOf("\r\n") + 2;
  return `${openHead.slice(0, fields)}host: ${authority}\r\n${openHead.slice(fields)}`;
}

/** Whether the fault says that no byte of the request has been sent, and another server may take it. */
function isUnsent(fault: UpstreamFault): boolean {
  return fault.code === "refused" || fault.code === "connect-timeout";
}
