import type { AnswerHandler } from "./answer-handler.ts";
import { ConnectionSet } from "./connection-set.ts";
import { Exchange, type UpstreamExchange } from "./exchange.ts";
import { HEAD_NOT_LATIN1, POOL_CLOSED } from "./fault.ts";
import { isLatin1 } from "./latin1.ts";
import { fillSettings, type UpstreamOptions } from "./settings.ts";

/** How many connections a pool has, and how many requests wait for one. */
export interface UpstreamStats {
  readonly open: number;
  readonly idle: number;
  readonly busy: number;
  readonly queued: number;
}

/**
 * Sends requests to one upstream over kept-alive HTTP/1.1 connections and reads the answers
 * strictly: what could be understood in two ways is a fault, and its connection is not used again.
 */
export class UpstreamPool {
  private readonly connections: ConnectionSet;
  private isClosed = false;

  /**
   * @throws UpstreamOptionsError if an option has no sense; what node:tls throws if a certificate
   * or a key cannot be used.
   */
  constructor(options: UpstreamOptions) {
    this.connections = new ConnectionSet(fillSettings(options));
  }

  /**
   * Sends a request. `head` is its whole head as latin1 text with the blank line, and must announce
   * the body as `bodyLength` does: `NO_BODY`, a number of bytes (Content-Length), or `CHUNKED_BODY`
   * (Transfer-Encoding: chunked). A body that breaks its length is never completed: the connection
   * is closed instead.
   *
   * The upstream may have closed a kept connection as it was used again. An idempotent request with
   * no body byte sent is then repeated once on a fresh connection.
   */
  request(
    head: string,
    method: string,
    bodyLength: number,
    handler: AnswerHandler,
  ): UpstreamExchange {
    const exchange = new Exchange(head, method, bodyLength, handler);
    if (this.isClosed) exchange.failSoon(POOL_CLOSED);
    else if (!isLatin1(head)) exchange.failSoon(HEAD_NOT_LATIN1);
    else this.connections.start(exchange);
    return exchange;
  }

  /**
   * Carries an exchange that somebody else made, whose head is latin1. Also while closing: whoever
   * waited for a server as the pool was closed is served.
   */
  carry(exchange: Exchange): void {
    this.connections.start(exchange);
  }

  /** Whether it would refuse a request now: all connections are busy, and the queue is full. */
  get isFull(): boolean {
    return this.connections.isFull;
  }

  /** Refuses new requests and closes idle connections; busy and waiting ones finish. */
  close(): void {
    this.isClosed = true;
    this.connections.close();
  }

  /** Closes every connection now; what was under way ends with the fault `closed`. */
  destroy(): void {
    this.isClosed = true;
    this.connections.destroy();
  }

  get stats(): UpstreamStats {
    const { openCount, idleCount, waiting } = this.connections;
    return {
      open: openCount,
      idle: idleCount,
      busy: openCount - idleCount,
      queued: waiting.length,
    };
  }
}
