import { authorityOf } from "../authority.ts";
import type { ExchangeEnd } from "../exchange.ts";
import { RESET_BEFORE_HEAD } from "../fault.ts";
import type { UpstreamPool } from "../upstream-pool.ts";
import type { GroupServer, ServerGroupSettings } from "./group-settings.ts";
import { hashServer } from "./rendezvous.ts";

/** A server's part of the traffic, in thousandths of what a sound one gets. */
export const WHOLE_SHARE = 1000;
const FIRST_SHARE = 100;
const MAX_DOUBLINGS = 16;
const HTTP_PORT = 80;
const HTTPS_PORT = 443;

/** Whole, so that it stays a small integer. */
function monotonicMs(): number {
  return Math.trunc(performance.now());
}

/** One server of a group: its pool, and what this edge has seen of it. */
export class Server {
  readonly key: string;
  readonly host: string;
  readonly port: number;
  readonly seat: number;
  /** What clients are bound to: the same on every edge, and after a restart. */
  readonly identity: number;
  /** What a Host header calls it: without the port that its scheme has anyway. */
  authority = "";
  pool: UpstreamPool;
  quota = 0;
  spikeLimit = 0;
  spikeMs = 0;
  /** Exchanges that this edge has open with it. */
  open = 0;
  /** 0 while ejected, less than `WHOLE_SHARE` while returning. */
  share: number = WHOLE_SHARE;
  ejectedUntil = 0;
  /** Takes no requests, unless all are out. */
  isOut = false;
  /** Goes up with each ejection: faults of exchanges begun before tell nothing new. */
  epoch = 0;
  /** The active checks had it down when it was last looked at. */
  wasDown = false;
  /** The choice that has passed it over last. */
  passedBy = 0;
  /** What it has in hand when servers are taken in turn, and as it returns. */
  credit = 0;

  private faults = 0;
  private doublings = 0;
  private returnedAt = 0;

  constructor(key: string, config: GroupServer, pool: UpstreamPool, isSecure: boolean) {
    this.key = key;
    this.host = config.host;
    this.port = config.port;
    this.seat = config.seat;
    this.identity = hashServer(key);
    this.pool = pool;
    this.configure(config, isSecure);
  }

  configure(config: GroupServer, isSecure: boolean): void {
    this.authority = authorityOf(config, isSecure ? HTTPS_PORT : HTTP_PORT);
    this.quota = config.connectionQuota;
    this.spikeLimit = config.spike.count;
    this.spikeMs = config.spike.seconds * 1000;
  }

  /** How an exchange with it has ended that began in `epoch`. */
  note(end: ExchangeEnd, epoch: number, settings: ServerGroupSettings): void {
    if (end === "aborted") return;
    if (end === "answered") {
      this.succeed(epoch);
      return;
    }
    const isUnreachable = end.code === "refused" || end.code === "connect-timeout";
    if (isUnreachable || end === RESET_BEFORE_HEAD) this.fail(isUnreachable, epoch, settings);
  }

  /** An answer was complete. One that was tried for want of a better, and answers, is back. */
  private succeed(epoch: number): void {
    this.faults = 0;
    if (this.share === 0 && epoch === this.epoch) this.startReturn(monotonicMs());
  }

  /** Whether one of `servers` that returns has been passed over often enough; counts one more choice. */
  isDue(servers: number): boolean {
    if (this.share === WHOLE_SHARE) return false;
    this.credit += this.share;
    return this.credit >= WHOLE_SHARE * servers;
  }

  /** Looks again at where it stands. Of a sound server there is little to know. */
  look(isDown: boolean, settings: ServerGroupSettings): void {
    if (isDown) {
      this.wasDown = true;
      this.isOut = true;
      return;
    }
    if (this.wasDown) {
      this.wasDown = false;
      this.startReturn(monotonicMs());
    }
    if (this.share !== WHOLE_SHARE) this.recover(monotonicMs(), settings);
    this.isOut = this.share === 0;
  }

  /**
   * It could not be reached, or has gone before it answered. Whoever returns and cannot be reached is
   * ejected again at once; one broken answer in a while is no reason at any time, for a client may
   * know a request that makes them.
   */
  private fail(isUnreachable: boolean, epoch: number, settings: ServerGroupSettings): void {
    if (epoch !== this.epoch || this.share === 0) return;
    this.faults++;
    const isReturning = this.share !== WHOLE_SHARE;
    if (this.faults >= settings.ejectAfterFaults || (isReturning && isUnreachable)) {
      this.eject(monotonicMs(), settings);
    }
  }

  private recover(now: number, settings: ServerGroupSettings): void {
    if (this.share === 0) {
      if (now < this.ejectedUntil) return;
      this.startReturn(now);
    }
    const grown = Math.trunc(
      ((now - this.returnedAt) * (WHOLE_SHARE - FIRST_SHARE)) / settings.returnMs,
    );
    this.share = Math.min(WHOLE_SHARE, FIRST_SHARE + grown);
    if (this.share === WHOLE_SHARE) this.doublings = 0;
  }

  /** It was away, and comes back with a small share that grows. */
  private startReturn(now: number): void {
    this.share = FIRST_SHARE;
    this.returnedAt = now;
  }

  private eject(now: number, settings: ServerGroupSettings): void {
    const ms = Math.min(settings.ejectMaxMs, settings.ejectMs * 2 ** this.doublings);
    this.doublings = Math.min(MAX_DOUBLINGS, this.doublings + 1);
    this.share = 0;
    this.ejectedUntil = now + ms;
    this.epoch++;
    this.faults = 0;
  }
}
