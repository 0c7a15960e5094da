const FIREWALL = 0;
const DETECTION = 1;
const WORDS = 2;

/** The switches that hold for all APIs. */
export type SwitchName = "firewall" | "ase_detected_attack";

/**
 * The installation's switches in shared memory: turned on one thread, they are turned on all.
 */
export class SharedSwitches {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;

  /** Attaches to `buffer`, or makes a new one with everything off. */
  constructor(buffer?: SharedArrayBuffer) {
    this.buffer = buffer ?? new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT);
    this.#words = new Int32Array(this.buffer);
  }

  /** Whether anything is enforced at all. */
  get firewall(): boolean {
    return Atomics.load(this.#words, FIREWALL) === 1;
  }

  /** Whether an offence denies its client and is reported. */
  get detection(): boolean {
    return Atomics.load(this.#words, DETECTION) === 1;
  }

  set(name: SwitchName, isOn: boolean): void {
    Atomics.store(this.#words, name === "firewall" ? FIREWALL : DETECTION, isOn ? 1 : 0);
  }
}
