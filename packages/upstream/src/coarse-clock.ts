import type { UpstreamSettings } from "./settings.ts";

const SLOWEST_TICK_MS = 250;
const FASTEST_TICK_MS = 5;

/** A deadline that never comes. */
export const NEVER: number = Number.POSITIVE_INFINITY;

/** A tick that times the shortest of a pool's limits well enough. */
export function tickMsOf(settings: UpstreamSettings): number {
  const shortest = Math.min(
    settings.connectTimeoutMs,
    settings.headTimeoutMs,
    settings.idleTimeoutMs,
    settings.keepAliveMs,
    settings.queueTimeoutMs,
  );
  const quarter = Math.floor(shortest / 4);
  return Math.max(FASTEST_TICK_MS, Math.min(SLOWEST_TICK_MS, quarter));
}

/**
 * The one timer of a pool or a queue: time in ticks, so that a deadline costs an addition per request.
 *
 * A deadline is never early, and late by two ticks at most. When the event loop stalls, ticks are
 * lost rather than caught up: a stall of ours does not time an upstream out.
 */
export class CoarseClock {
  /** Ticks since the clock was made, those in which it ran. */
  now = 0;

  private readonly tickMs: number;
  private readonly onTick: () => void;
  private timer: ReturnType<typeof setInterval> | undefined = undefined;

  /** `onTick` is called after `now` has moved on. */
  constructor(tickMs: number, onTick: () => void) {
    this.tickMs = tickMs;
    this.onTick = onTick;
  }

  /** The ticks to add to `now` for a deadline at least `ms` away. */
  ticksOf(ms: number): number {
    return Math.ceil(ms / this.tickMs) + 1;
  }

  get isRunning(): boolean {
    return this.timer !== undefined;
  }

  /** Does nothing if it runs. */
  start(): void {
    if (this.timer !== undefined) return;
    this.timer = setInterval(() => {
      this.now++;
      this.onTick();
    }, this.tickMs);
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
