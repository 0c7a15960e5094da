const LATEST_MS = 8_640_000_000_000_000;

/** Milliseconds as ISO 8601 in UTC, formatted again only when the millisecond changes. */
export class ClockText {
  #milliseconds = Number.NaN;
  #text = "";

  /** A time outside of what a `Date` can hold reads as 1970. */
  format(milliseconds: number): string {
    if (milliseconds !== this.#milliseconds) {
      const isDate = Math.abs(milliseconds) <= LATEST_MS;
      this.#text = new Date(isDate ? milliseconds : 0).toISOString();
      this.#milliseconds = milliseconds;
    }
    return this.#text;
  }
}
