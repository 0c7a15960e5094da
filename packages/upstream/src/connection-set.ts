import { ParserShared } from "./answer/answer-parser.ts";
import { CoarseClock, tickMsOf } from "./coarse-clock.ts";
import { ConnectionContext, type ConnectionOwner } from "./connection-context.ts";
import { Connection } from "./connection.ts";
import type { Exchange } from "./exchange.ts";
import { POOL_CLOSED, QUEUE_FULL, QUEUE_TIMEOUT } from "./fault.ts";
import { HostAddresses } from "./host-addresses.ts";
import type { UpstreamSettings } from "./settings.ts";
import { SocketOpener } from "./socket-opener.ts";
import { WaitingLine } from "./waiting-line.ts";

/** The connections to one upstream, which of them are idle, and who waits for one. */
export class ConnectionSet implements ConnectionOwner {
  readonly waiting: WaitingLine;

  private readonly maxConnections: number;
  private readonly clock: CoarseClock;
  private readonly addresses: HostAddresses;
  private readonly context: ConnectionContext;
  /** All of them, each at its `index`. */
  private readonly connections: Connection[] = [];
  /** The one used last on top: the rest may grow old and be closed. */
  private readonly idle: Connection[] = [];
  private isClosed = false;
  private isDestroyed = false;

  constructor(settings: UpstreamSettings) {
    this.clock = new CoarseClock(tickMsOf(settings), () => this.tick());
    this.maxConnections = settings.maxConnections;
    const { maxQueued, queueTimeoutMs } = settings;
    this.waiting = new WaitingLine(
      { maxQueued, queueTimeoutMs, fullFault: QUEUE_FULL, timeoutFault: QUEUE_TIMEOUT },
      this.clock,
    );
    this.addresses = new HostAddresses(settings, () => this.dropMoved());
    this.context = new ConnectionContext(
      this,
      settings,
      this.clock,
      new SocketOpener(settings, this.addresses),
      new ParserShared(settings.maxHeadBytes),
    );
  }

  get openCount(): number {
    return this.connections.length;
  }

  get idleCount(): number {
    return this.idle.length;
  }

  /** Whether nothing more can be carried now, nor wait. */
  get isFull(): boolean {
    const { connections, idle, maxConnections, waiting } = this;
    return idle.length === 0 && connections.length >= maxConnections && waiting.isFull;
  }

  /** Starts `exchange` on an idle connection, else on a fresh one, else lets it wait. */
  start(exchange: Exchange): void {
    if (this.isDestroyed) {
      exchange.failSoon(POOL_CLOSED);
      return;
    }
    const connection = this.idle.pop();
    if (connection !== undefined) connection.begin(exchange);
    else if (this.connections.length < this.maxConnections) this.open(exchange);
    else this.waiting.add(exchange);
  }

  /** Keeps no connection any longer than its exchange needs it. */
  close(): void {
    this.isClosed = true;
    this.addresses.stop();
    for (let last = this.idle.at(-1); last !== undefined; last = this.idle.at(-1)) last.drop();
  }

  /** Closes all at once. */
  destroy(): void {
    this.isClosed = true;
    this.isDestroyed = true;
    this.addresses.stop();
    this.waiting.clear();
    for (let last = this.connections.at(-1); last !== undefined; last = this.connections.at(-1)) {
      last.dropWith(POOL_CLOSED);
    }
  }

  release(connection: Connection): void {
    if (connection.idleTicks === 0 || !this.addresses.has(connection.address)) {
      connection.drop();
      return;
    }
    const exchange = this.waiting.shift();
    if (exchange !== undefined) {
      connection.begin(exchange);
    } else if (this.isClosed) {
      connection.drop();
    } else {
      connection.isIdle = true;
      connection.deadline = this.clock.now + connection.idleTicks;
      this.idle.push(connection);
    }
  }

  remove(connection: Connection): void {
    this.forget(connection);
    const exchange = this.waiting.shift();
    if (exchange !== undefined) this.open(exchange);
    else if (this.connections.length === 0) this.clock.stop();
  }

  replace(connection: Connection, exchange: Exchange): void {
    this.forget(connection);
    if (this.isDestroyed) exchange.failSoon(POOL_CLOSED);
    else this.open(exchange);
  }

  private open(exchange: Exchange): void {
    this.clock.start();
    const connection = new Connection(this.context);
    connection.index = this.connections.length;
    this.connections.push(connection);
    connection.begin(exchange);
  }

  private forget(connection: Connection): void {
    if (connection.isIdle) this.idle.splice(this.idle.indexOf(connection), 1);
    const last = this.connections.pop();
    if (last === undefined || last === connection) return;
    last.index = connection.index;
    this.connections[last.index] = last;
  }

  /** The host's name has come to mean other addresses: nothing new goes to the old ones. */
  private dropMoved(): void {
    for (let i = this.idle.length - 1; i >= 0; i--) {
      const connection = this.idle[i];
      if (connection !== undefined && !this.addresses.has(connection.address)) connection.drop();
    }
  }

  private tick(): void {
    const { now } = this.clock;
    // Backwards, because a connection that goes is replaced by the last one.
    for (let i = this.connections.length - 1; i >= 0; i--) {
      const connection = this.connections[i];
      if (connection !== undefined && connection.deadline <= now) connection.expire();
    }
    this.waiting.expire();
  }
}
