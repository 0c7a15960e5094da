import type { AnswerHandler } from "../answer-handler.ts";
import type { AnswerHead } from "../answer/answer-head.ts";
import { NO_BODY, type UpstreamExchange } from "../exchange.ts";
import type { UpstreamFault } from "../fault.ts";
import { UpstreamPool } from "../upstream-pool.ts";
import { authorityOf, type HealthTarget } from "./health-target.ts";

/** Failed tries follow each other faster than the interval, but not faster than this. */
const FASTEST_RETRY_MS = 1_000;
/** The part of a pause that is left to chance, so that checks do not march in step. */
const JITTER = 0.1;
const FIRST_WITHIN_MS = 1_000;
const LONGEST_TRY_MS = 5_000;

/** What a check tells when its server goes down or comes up. */
export type HealthChange = (target: HealthTarget, isUp: boolean, reason: string) => void;

/**
 * Asks one server for its health again and again, one request at a time, each on a connection of its
 * own: a server that takes no new connections is not healthy.
 */
export class HealthCheck implements AnswerHandler {
  readonly target: HealthTarget;
  isUp = true;

  private readonly onChange: HealthChange;
  private readonly head: string;
  /** Of this try: what a server keeps open for us says nothing of whether it takes new connections. */
  private pool: UpstreamPool;
  private exchange: UpstreamExchange | undefined = undefined;
  private timer: ReturnType<typeof setTimeout> | undefined = undefined;
  private failures = 0;

  constructor(target: HealthTarget, onChange: HealthChange) {
    const { intervalMs, path } = target;
    this.target = target;
    this.onChange = onChange;
    this.head =
      `GET ${path} HTTP/1.1\r\nHost: ${authorityOf(target)}\r\n` +
      "User-Agent: portcullis-health-check\r\nAccept: */*\r\nConnection: close\r\n\r\n";
    // Here already, for a bad target must not be found out by its first try.
    this.pool = openPool(target);
    this.schedule(Math.min(FIRST_WITHIN_MS, intervalMs) * Math.random());
  }

  /** Asks no more, and closes what is open. */
  stop(): void {
    clearTimeout(this.timer);
    this.exchange?.abort();
    this.exchange = undefined;
    this.pool.destroy();
  }

  onHead({ status }: AnswerHead): void {
    // The head says it all; a body may be as long as it likes, and is not waited for.
    this.exchange?.abort();
    if (status >= 200 && status < 400) this.conclude(true, `status ${status}`);
    else this.conclude(false, `status ${status}`);
  }

  onBody(): void {
    // Nothing comes after `abort`.
  }

  onDrain(): void {
    // There is no request body.
  }

  onFault(fault: UpstreamFault): void {
    this.conclude(false, `${fault.code}: ${fault.detail}`);
  }

  private schedule(ms: number): void {
    this.timer = setTimeout(() => this.ask(), ms);
    this.timer.unref();
  }

  private ask(): void {
    this.pool = openPool(this.target);
    this.exchange = this.pool.request(this.head, "GET", NO_BODY, this);
    // It takes nothing more, and is gone with this exchange.
    this.pool.close();
  }

  private conclude(isHealthy: boolean, reason: string): void {
    const { intervalMs, retries } = this.target;
    this.exchange = undefined;
    this.failures = isHealthy ? 0 : this.failures + 1;
    const retryMs = Math.min(intervalMs, Math.max(FASTEST_RETRY_MS, intervalMs / retries));
    const pause = isHealthy ? intervalMs : retryMs;
    this.schedule(pause * (1 + JITTER * (2 * Math.random() - 1)));
    const isUp = isHealthy || (this.isUp && this.failures < retries);
    if (isUp === this.isUp) return;
    this.isUp = isUp;
    this.onChange(this.target, isUp, reason);
  }
}

function openPool({ host, intervalMs, port, tls }: HealthTarget): UpstreamPool {
  const timeoutMs = Math.min(LONGEST_TRY_MS, intervalMs);
  return new UpstreamPool({
    host,
    port,
    ...(tls && { tls }),
    connectTimeoutMs: timeoutMs,
    headTimeoutMs: timeoutMs,
    maxConnections: 1,
  });
}
