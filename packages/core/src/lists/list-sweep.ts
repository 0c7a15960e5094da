import type { EntryCells } from "./entry-cells.ts";
import type { ListControl } from "./list-control.ts";
import { DIRECTORY_SIZE } from "./list-layout.ts";
import type { ListLock } from "./list-lock.ts";
import type { ListParts } from "./list-parts.ts";
import { ListsLockedError } from "./lists-error.ts";

const SWEEP_CELLS = 4096;
const MAX_RESTARTS = 16;

/** Which flags to take from a cell, by its state and expiry. */
export type FlagsToTake = (state: number, expiry: number) => number;

/** Takes flags from every entry, some thousand cells at a time: other writers get the lock in between. */
export class ListSweep {
  readonly #control: ListControl;
  readonly #lock: ListLock;
  readonly #parts: ListParts;

  constructor(control: ListControl, lock: ListLock, parts: ListParts) {
    this.#control = control;
    this.#lock = lock;
    this.#parts = parts;
  }

  /** Returns how many entries lost a flag. */
  run(toTake: FlagsToTake): number {
    let swept = 0;
    for (const taken of this.partByPart(toTake)) swept += taken;
    return swept;
  }

  /** The same, of one part after the other: whoever asks for them may do something else in between. */
  *partByPart(toTake: FlagsToTake): Generator<number> {
    for (let place = 0; place < DIRECTORY_SIZE; place = this.#control.endOfTable(place)) {
      const first = place;
      yield this.#sweepPart(() => this.#parts.table(first), toTake);
    }
    yield this.#sweepPart(() => this.#parts.ranges(), toTake);
  }

  #sweepPart(inForce: () => EntryCells, toTake: FlagsToTake): number {
    let part = inForce();
    let swept = 0;
    let restarts = 0;
    for (let from = 0; from < part.cells;) {
      if (!this.#lock.acquire()) throw new ListsLockedError(this.#lock.owner());
      try {
        const present = inForce();
        if (present !== part) {
          part = present;
          from = 0;
          restarts++;
        }
        // Who keeps replacing the part while this runs has to wait for all of it in the end.
        const cells = restarts < MAX_RESTARTS ? SWEEP_CELLS : part.cells;
        const to = Math.min(part.cells, from + cells);
        const changed = this.#sweepCells(part, from, to, toTake);
        if (changed > 0) this.#control.bumpGeneration();
        swept += changed;
        from = to;
      } finally {
        this.#lock.release();
      }
    }
    return swept;
  }

  #sweepCells(part: EntryCells, from: number, to: number, toTake: FlagsToTake): number {
    let changed = 0;
    for (let cell = from; cell < to; cell++) {
      const base = part.baseOf(cell);
      const state = part.stateAt(base);
      const taken = state & toTake(state, part.expiryAt(base));
      if (taken === 0) continue;
      this.#control.setFlags(part, base, state & ~taken);
      changed++;
    }
    return changed;
  }
}
