import type { ServerStates } from "../servers/server-states.ts";
import { type HealthChange, HealthCheck } from "./health-check.ts";
import { checkKey, type HealthTarget, verifyTarget } from "./health-target.ts";

interface RunningCheck {
  readonly check: HealthCheck;
  targets: HealthTarget[];
}

/**
 * The active checks of all servers, on the main thread: what they find is in the shared memory, where
 * every edge sees it with its next request.
 *
 * A status from 200 to 399 is healthy. After `retries` failed tries in a row a server is down; one
 * healthy answer brings it back.
 */
export class HealthChecker {
  private readonly states: ServerStates;
  private readonly onChange: HealthChange;
  private running = new Map<string, RunningCheck>();

  /** `onChange` is told of every server that goes down or comes up, once for each of its seats. */
  constructor(states: ServerStates, onChange: HealthChange) {
    this.states = states;
    this.onChange = onChange;
  }

  /**
   * Checks these targets from now on. Those that were checked in the same way before go on as they
   * are; a server that is checked no more counts as up.
   *
   * @throws UpstreamOptionsError for a bad target, what node:tls throws for a bad certificate or key;
   * nothing has changed then.
   */
  replace(targets: readonly HealthTarget[]): void {
    for (const target of targets) verifyTarget(target);
    const next = this.openChecks(targets);
    const seats = new Set(targets.map(({ seat }) => seat));
    for (const [key, { check, targets: old }] of this.running) {
      if (!next.has(key)) check.stop();
      // Only those that are left: an edge must not see a server that is down come up for a moment.
      this.write(
        old.filter(({ seat }) => !seats.has(seat)),
        true,
      );
    }
    this.running = next;
    for (const { check, targets: seated } of next.values()) this.write(seated, check.isUp);
  }

  /** Ends all checks and leaves no socket. What they found last stays. */
  stop(): void {
    for (const { check } of this.running.values()) check.stop();
    this.running.clear();
  }

  private openChecks(targets: readonly HealthTarget[]): Map<string, RunningCheck> {
    const next = new Map<string, RunningCheck>();
    try {
      for (const target of targets) {
        const key = checkKey(target);
        const known = next.get(key);
        if (known === undefined) {
          const check = this.running.get(key)?.check ?? this.open(key, target);
          next.set(key, { check, targets: [target] });
        } else known.targets.push(target);
      }
    } catch (error) {
      for (const [key, { check }] of next) if (!this.running.has(key)) check.stop();
      throw error;
    }
    return next;
  }

  private open(key: string, target: HealthTarget): HealthCheck {
    return new HealthCheck(target, (_first, isUp, reason) => {
      const targets = this.running.get(key)?.targets ?? [];
      this.write(targets, isUp);
      for (const each of targets) this.onChange(each, isUp, reason);
    });
  }

  private write(targets: readonly HealthTarget[], isUp: boolean): void {
    for (const { seat } of targets) this.states.setDown(seat, !isUp);
  }
}
