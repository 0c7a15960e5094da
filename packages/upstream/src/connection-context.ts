import type { ParserShared } from "./answer/answer-parser.ts";
import type { CoarseClock } from "./coarse-clock.ts";
import type { Connection } from "./connection.ts";
import type { Exchange } from "./exchange.ts";
import type { UpstreamSettings } from "./settings.ts";
import type { SocketOpener } from "./socket-opener.ts";

/** What the connections of one pool share. */
export class ConnectionContext {
  readonly owner: ConnectionOwner;
  readonly clock: CoarseClock;
  readonly opener: SocketOpener;
  readonly parsing: ParserShared;
  readonly connectTicks: number;
  readonly headTicks: number;
  readonly idleTicks: number;
  readonly keepAliveTicks: number;

  constructor(
    owner: ConnectionOwner,
    settings: UpstreamSettings,
    clock: CoarseClock,
    opener: SocketOpener,
    parsing: ParserShared,
  ) {
    this.owner = owner;
    this.clock = clock;
    this.opener = opener;
    this.parsing = parsing;
    this.connectTicks = clock.ticksOf(settings.connectTimeoutMs);
    this.headTicks = clock.ticksOf(settings.headTimeoutMs);
    this.idleTicks = clock.ticksOf(settings.idleTimeoutMs);
    this.keepAliveTicks = clock.ticksOf(settings.keepAliveMs);
  }
}

/** Who decides what a connection does next. */
export interface ConnectionOwner {
  /** The connection is free for another exchange. */
  release(connection: Connection): void;
  /** The connection is gone. */
  remove(connection: Connection): void;
  /** The connection is gone, and `exchange` needs a fresh one in its place. */
  replace(connection: Connection, exchange: Exchange): void;
}
