import { CONTROL } from "./list-layout.ts";

const SPINS = 200;
const WAIT_MS = 1;
/** Wake-ups that lost the race again do not use up the patience; this bounds them all the same. */
const WAKE_UPS_PER_WAIT = 64;

/** The one lock of the writers: a word that holds the owner's id, 0 when free. */
export class ListLock {
  readonly #control: Int32Array;
  readonly #writerId: number;
  readonly #patienceMs: number;

  constructor(control: Int32Array, writerId: number, patienceMs: number) {
    this.#control = control;
    this.#writerId = writerId;
    this.#patienceMs = patienceMs;
  }

  /** Takes the lock, or gives up after about the patience: its owner may be dead. */
  acquire(): boolean {
    for (let spin = 0; spin < SPINS; spin++) {
      if (Atomics.load(this.#control, CONTROL.lock) === 0 && this.#take(0)) return true;
    }
    Atomics.add(this.#control, CONTROL.waiters, 1);
    const taken = this.#acquireWaiting();
    Atomics.sub(this.#control, CONTROL.waiters, 1);
    return taken;
  }

  /** Frees the lock, if it is still this writer's. */
  release(): void {
    Atomics.compareExchange(this.#control, CONTROL.lock, this.#writerId, 0);
    if (Atomics.load(this.#control, CONTROL.waiters) > 0) {
      Atomics.notify(this.#control, CONTROL.lock, 1);
    }
  }

  /** Takes the lock over from `owner`; false if `owner` does not hold it. */
  seize(owner: number): boolean {
    return this.#take(owner);
  }

  /** Who holds the lock, 0 for nobody. */
  owner(): number {
    return Atomics.load(this.#control, CONTROL.lock);
  }

  #take(from: number): boolean {
    return Atomics.compareExchange(this.#control, CONTROL.lock, from, this.#writerId) === from;
  }

  #acquireWaiting(): boolean {
    let timeouts = 0;
    const wakeUps = this.#patienceMs * WAKE_UPS_PER_WAIT;
    for (let wakeUp = 0; wakeUp < wakeUps && timeouts < this.#patienceMs; wakeUp++) {
      if (this.#take(0)) return true;
      const owner = this.owner();
      if (owner !== 0 && waitFor(this.#control, owner)) timeouts++;
    }
    return false;
  }
}

/** Waits until the lock word changes; true if it did not in time. */
function waitFor(control: Int32Array, owner: number): boolean {
  try {
    return Atomics.wait(control, CONTROL.lock, owner, WAIT_MS) === "timed-out";
  } catch {
    // A runtime whose main thread may not block: the loop around this spins instead.
    return false;
  }
}
