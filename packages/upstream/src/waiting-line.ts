import type { CoarseClock } from "./coarse-clock.ts";
import type { Exchange, ExchangeCarrier } from "./exchange.ts";
import { BODY_LENGTH_DIFFERS, POOL_CLOSED, QUEUE_FULL, QUEUE_TIMEOUT } from "./fault.ts";
import type { UpstreamSettings } from "./settings.ts";

/** Requests that wait for a connection, first come first served, bounded in number and in time. */
export class WaitingLine implements ExchangeCarrier {
  length = 0;

  private readonly clock: CoarseClock;
  private readonly maxLength: number;
  private readonly patience: number;
  private first: Exchange | undefined = undefined;
  private last: Exchange | undefined = undefined;

  constructor(settings: UpstreamSettings, clock: CoarseClock) {
    this.clock = clock;
    this.maxLength = settings.maxQueued;
    this.patience = clock.ticksOf(settings.queueTimeoutMs);
  }

  add(exchange: Exchange): void {
    if (this.length >= this.maxLength) {
      exchange.failSoon(QUEUE_FULL);
      return;
    }
    exchange.carrier = this;
    exchange.queueDeadline = this.clock.now + this.patience;
    exchange.previous = this.last;
    if (this.last === undefined) this.first = exchange;
    else this.last.next = exchange;
    this.last = exchange;
    this.length++;
  }

  shift(): Exchange | undefined {
    const exchange = this.first;
    if (exchange !== undefined) this.remove(exchange);
    return exchange;
  }

  /** All wait equally long, so whoever is late stands in front. */
  expire(): void {
    while (this.first !== undefined && this.first.queueDeadline <= this.clock.now) {
      const exchange = this.first;
      this.remove(exchange);
      exchange.fail(QUEUE_TIMEOUT);
    }
  }

  clear(): void {
    for (let exchange = this.shift(); exchange !== undefined; exchange = this.shift()) {
      exchange.failSoon(POOL_CLOSED);
    }
  }

  sendBody(exchange: Exchange, chunk: Uint8Array): boolean {
    exchange.keep(chunk);
    return false;
  }

  finishBody(): void {
    // The connection to come sees `isRequestEnded`.
  }

  refuseBody(exchange: Exchange): void {
    this.remove(exchange);
    exchange.failSoon(BODY_LENGTH_DIFFERS);
  }

  abandon(exchange: Exchange): void {
    this.remove(exchange);
  }

  pauseAnswer(): void {
    // The connection to come sees `isPaused`.
  }

  resumeAnswer(): void {
    // As above.
  }

  private remove(exchange: Exchange): void {
    const { previous, next } = exchange;
    if (previous === undefined) this.first = next;
    else previous.next = next;
    if (next === undefined) this.last = previous;
    else next.previous = previous;
    exchange.previous = undefined;
    exchange.next = undefined;
    this.length--;
  }
}
