const LATEST_MS = 8_640_000_000_000_000;
const SECOND_MS = 1000;
/** What a time ends with, by its milliseconds. */
const ENDS: readonly string[] = Array.from(
  { length: SECOND_MS },
  (_, milliseconds) => `.${String(milliseconds).padStart(3, "0")}Z`,
);

/** Milliseconds as ISO 8601 in UTC; a date is made only when the second changes. */
export class ClockText {
  #milliseconds = Number.NaN;
  #text = "";
  #second = Number.NaN;
  #toSecond = "";

  /** A time outside of what a `Date` can hold reads as 1970. */
  format(milliseconds: number): string {
    if (milliseconds !== this.#milliseconds) {
      this.#milliseconds = milliseconds;
      this.#text = this.#write(Math.abs(milliseconds) <= LATEST_MS ? Math.trunc(milliseconds) : 0);
    }
    return this.#text;
  }

  #write(milliseconds: number): string {
    const second = Math.floor(milliseconds / SECOND_MS);
    if (second !== this.#second) {
      this.#second = second;
      this.#toSecond = new Date(second * SECOND_MS).toISOString().slice(0, -".000Z".length);
    }
    return this.#toSecond + (ENDS[milliseconds - second * SECOND_MS] ?? "");
  }
}
