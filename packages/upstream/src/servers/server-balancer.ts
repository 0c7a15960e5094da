import { NO_SERVER, QUEUE_FULL, QUOTA, SPIKE, type UpstreamFault } from "../fault.ts";
import { boundServer, leastBad, leastBusy, nextInTurn } from "./choose-server.ts";
import type { ServerGroupSettings } from "./group-settings.ts";
import type { ServerStates } from "./server-states.ts";
import type { Server } from "./server.ts";

/** Chooses the server for a request, of those that are up and within their limits. */
export class ServerBalancer {
  servers: readonly Server[] = [];
  settings: ServerGroupSettings;
  /** Why the last choice came to nothing. */
  objection: UpstreamFault = NO_SERVER;
  /** Whether the server last chosen counts this exchange in the shared memory. */
  isClaimed = false;

  private readonly states: ServerStates;
  private choice = 0;
  private turn = 0;

  constructor(settings: ServerGroupSettings, states: ServerStates) {
    this.settings = settings;
    this.states = states;
  }

  /** Begins a choice; the servers passed to `passOver` after it are not chosen by it. */
  begin(): void {
    // Wraps long after every server has forgotten the number.
    this.choice = (this.choice + 1) & 0x3fffffff;
    this.objection = NO_SERVER;
  }

  passOver(server: Server | undefined): void {
    if (server !== undefined) server.passedBy = this.choice;
  }

  /**
   * The server for a request that is bound as `stickiness` says (0: not at all), and its place there
   * taken; `undefined`: see `objection`.
   *
   * When none is sound the least bad one is tried: a wrong «down» must not cost more than a wrong «up».
   * Limits hold even then.
   */
  choose(stickiness: number): Server | undefined {
    const { servers, states, settings } = this;
    let hasSound = false;
    for (let i = 0; i < servers.length; i++) {
      const server = servers[i];
      if (server === undefined) continue;
      server.look(states.isDown(server.seat), settings);
      hasSound ||= !server.isOut && server.passedBy !== this.choice;
    }
    for (;;) {
      const server = hasSound ? this.pick(stickiness) : leastBad(servers, this.choice);
      if (server === undefined) return undefined;
      if (this.take(server)) return server;
      server.passedBy = this.choice;
    }
  }

  /** Gives back the place of an exchange that has ended. */
  giveBack(server: Server, isClaimed: boolean): void {
    server.open--;
    if (isClaimed) this.states.release(server.seat);
  }

  private pick(stickiness: number): Server | undefined {
    if (stickiness !== 0) return boundServer(this.servers, this.choice, stickiness);
    if (this.settings.isRoundRobin) return nextInTurn(this.servers, this.choice);
    this.turn = this.turn + 1 < this.servers.length ? this.turn + 1 : 0;
    return leastBusy(this.servers, this.choice, this.turn);
  }

  private take(server: Server): boolean {
    const { quota, seat, spikeLimit } = server;
    if (server.pool.isFull) {
      if (this.objection === NO_SERVER) this.objection = QUEUE_FULL;
      return false;
    }
    this.isClaimed = quota > 0;
    if (quota > 0 && !this.states.claim(seat, quota)) {
      // A place comes free before a period is over: of the two reasons it is the one to wait for.
      this.objection = QUOTA;
      return false;
    }
    if (spikeLimit > 0 && !this.states.countRequest(seat, spikeLimit, periodOf(server))) {
      if (quota > 0) this.states.release(seat);
      if (this.objection !== QUOTA) this.objection = SPIKE;
      return false;
    }
    server.open++;
    return true;
  }
}

/** By the clock of the wall, which all threads share; when it is set back, a period may count twice. */
function periodOf(server: Server): number {
  return Math.floor(Date.now() / server.spikeMs) | 0;
}
