import { randomBytes } from "node:crypto";

const MAX_LENGTH = 128;

/** Names requests: unique per thread and start, short, and of no meaning to anybody else. */
export class RequestIds {
  readonly #prefix: string;
  #count = 0;

  constructor(edge: number) {
    this.#prefix = `${randomBytes(5).toString("hex")}-${edge}-`;
  }

  /** `given` if it is fit to be passed on and logged, else a new one. Empty: always a new one. */
  take(given: string): string {
    if (given !== "" && given.length <= MAX_LENGTH && isPlain(given)) return given;
    return this.#prefix + (this.#count++).toString(36);
  }
}

/** Letters, digits and `-_.:/+=@`: what ids in use are made of, and nothing a log could choke on. */
function isPlain(id: string): boolean {
  return /^[\w.:/+=@-]+$/.test(id);
}
