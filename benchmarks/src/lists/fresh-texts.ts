import { Random } from "../random.ts";

const LENGTH = 36;

/** Values of 36 characters that can be had as new strings at any time. */
export class FreshTexts {
  readonly count: number;
  readonly #bytes: Buffer;

  constructor(count: number, seed: number) {
    this.count = count;
    this.#bytes = Buffer.from(new Random(seed).hex(count * LENGTH), "latin1");
  }

  /** New strings of the same values each time: none has been hashed or compared before. */
  make(): string[] {
    return Array.from({ length: this.count }, (_, index) =>
      this.#bytes.toString("latin1", index * LENGTH, (index + 1) * LENGTH),
    );
  }
}
