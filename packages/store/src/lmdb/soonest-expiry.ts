const UNKNOWN = 0;

/**
 * The earliest second at which a denial on the disk can expire: before it there is nothing to look for. It may be earlier
 * than it is (the entry was removed), and never later.
 */
export class SoonestExpiry {
  #second = UNKNOWN;

  /** Whether something can have expired. */
  isDue(nowSeconds: number): boolean {
    return nowSeconds >= this.#second;
  }

  /** To be told of every entry that was committed, and of every one that a search leaves. 0: it never expires. */
  note(expiresAt: number): void {
    if (expiresAt !== 0 && expiresAt < this.#second) this.#second = expiresAt;
  }

  /** Everything is searched from here on. */
  begin(): void {
    this.#second = Number.POSITIVE_INFINITY;
  }

  /** The search was not finished. */
  forget(): void {
    this.#second = UNKNOWN;
  }
}
