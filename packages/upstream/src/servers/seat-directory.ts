import { SeatsTakenError } from "../errors.ts";
import type { ServerStates } from "./server-states.ts";

/** An API and its servers, as the definition has them. */
export interface SeatedApi {
  readonly id: string;
  readonly servers: readonly { readonly host: string; readonly port: number }[];
}

/**
 * Gives every server of every API its seat in the shared memory. The main thread has the only one.
 *
 * A server keeps its seat for as long as it stays in its API, so that a new configuration loses no
 * count. A seat that was left is given away again only when nothing is open there any more.
 */
export class SeatDirectory {
  private readonly states: ServerStates;
  private seatOf = new Map<string, number>();
  private before: Map<string, number> = this.seatOf;

  constructor(states: ServerStates) {
    this.states = states;
  }

  /**
   * The seats of each API's servers, in their order. Replaces what was assigned before.
   *
   * @throws SeatsTakenError if there are not enough; nothing has changed then.
   */
  assign(apis: readonly SeatedApi[]): number[][] {
    const keys = apis.map((api) => keysOf(api));
    const next = new Map<string, number>();
    const taken = new Set<number>();
    const fresh: string[] = [];
    for (const key of keys.flat()) {
      const seat = this.seatOf.get(key);
      if (seat === undefined) fresh.push(key);
      else {
        next.set(key, seat);
        taken.add(seat);
      }
    }
    const added = this.findFree(fresh.length, taken);
    fresh.forEach((key, i) => {
      const seat = added[i] ?? 0;
      this.states.clear(seat);
      next.set(key, seat);
    });
    this.before = this.seatOf;
    this.seatOf = next;
    return keys.map((ofApi) => ofApi.map((key) => next.get(key) ?? 0));
  }

  /** Takes the last assignment back, before any edge has heard of it: the one before it stands again. */
  undo(): void {
    this.seatOf = this.before;
  }

  private findFree(count: number, taken: ReadonlySet<number>): number[] {
    const left = new Set(this.seatOf.values());
    const found: number[] = [];
    // First those that nobody had; an edge may still send to a seat that was left just now.
    for (const isLeft of [false, true]) {
      for (let seat = 0; seat < this.states.seats && found.length < count; seat++) {
        if (taken.has(seat) || left.has(seat) !== isLeft) continue;
        if (this.states.openCount(seat) === 0) found.push(seat);
      }
    }
    if (found.length < count) throw new SeatsTakenError(this.states.seats);
    return found;
  }
}

/** A server listed twice is two. */
function keysOf({ id, servers }: SeatedApi): string[] {
  const times = new Map<string, number>();
  return servers.map(({ host, port }) => {
    const server = JSON.stringify([id, host, port]);
    const time = times.get(server) ?? 0;
    times.set(server, time + 1);
    return `${server} ${time}`;
  });
}
