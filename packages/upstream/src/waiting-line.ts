import type { CoarseClock } from "./coarse-clock.ts";
import type { Exchange, ExchangeCarrier } from "./exchange.ts";
import { BODY_LENGTH_DIFFERS, POOL_CLOSED, type UpstreamFault } from "./fault.ts";

/** How many may wait, for how long, and what those hear who may not. */
export interface WaitingLimits {
  readonly maxQueued: number;
  readonly queueTimeoutMs: number;
  readonly fullFault: UpstreamFault;
  readonly timeoutFault: UpstreamFault;
}

/** Requests that wait for a connection or a server, first come first served, bounded in number and in time. */
export class WaitingLine implements ExchangeCarrier {
  length = 0;

  private readonly clock: CoarseClock;
  private limits: WaitingLimits;
  private patience: number;
  private first: Exchange | undefined = undefined;
  private last: Exchange | undefined = undefined;

  constructor(limits: WaitingLimits, clock: CoarseClock) {
    this.clock = clock;
    this.limits = limits;
    this.patience = clock.ticksOf(limits.queueTimeoutMs);
  }

  /** Takes new limits for whoever comes from now on; nobody who waits already is sent away. */
  configure(limits: WaitingLimits): void {
    this.limits = limits;
    this.patience = this.clock.ticksOf(limits.queueTimeoutMs);
  }

  get isFull(): boolean {
    return this.length >= this.limits.maxQueued;
  }

  add(exchange: Exchange): void {
    if (this.isFull) {
      exchange.failSoon(this.limits.fullFault);
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

  /** Whoever is next, and still waits. */
  peek(): Exchange | undefined {
    return this.first;
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
      exchange.fail(this.limits.timeoutFault);
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
