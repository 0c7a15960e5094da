import type { AnswerHandler } from "./answer-handler.ts";
import { ConnectionSet } from "./connection-set.ts";
import { Exchange, type UpstreamExchange } from "./exchange.ts";
import { HEAD_NOT_LATIN1, POOL_CLOSED } from "./fault.ts";
import { fillSettings, type UpstreamOptions } from "./settings.ts";

/** How many connections a pool has, and how many requests wait for one. */
export interface UpstreamStats {
  readonly open: number;
  readonly idle: number;
  readonly busy: number;
  readonly queued: number;
}

/**
 * Anything but latin1: its low byte would be sent, and U+010A would become a line feed. On a
 * one-byte string V8 knows the answer without looking at it, however long it is.
 */
const NOT_LATIN1 = /[\u0100-\uffff]/;

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
    else if (NOT_LATIN1.test(head)) exchange.failSoon(HEAD_NOT_LATIN1);
    else this.connections.start(exchange);
    return exchange;
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
