import { type AsciiPart, asciiPart } from "./ascii-part.ts";

const LATEST_MS = 8_640_000_000_000_000;
const SECOND_MS = 1000;

/** Milliseconds as ISO 8601 in UTC, made only when they change; a date only when the second does. */
export class ClockText {
  #milliseconds = Number.NaN;
  #text: AsciiPart = asciiPart("");
  #second = Number.NaN;
  #toSecond = "";

  /** A time outside of what a `Date` can hold reads as 1970. */
  format(milliseconds: number): AsciiPart {
    if (milliseconds !== this.#milliseconds) {
      this.#milliseconds = milliseconds;
      this.#text = this.#write(Math.abs(milliseconds) <= LATEST_MS ? Math.trunc(milliseconds) : 0);
    }
    return this.#text;
  }

  #write(milliseconds: number): AsciiPart {
    const second = Math.floor(milliseconds / SECOND_MS);
    if (second !== this.#second) {
      this.#second = second;
      this.#toSecond = new Date(second * SECOND_MS).toISOString().slice(0, -"000Z".length);
    }
    const digits = String(milliseconds - second * SECOND_MS).padStart(3, "0");
    return asciiPart(`${this.#toSecond}${digits}Z`);
  }
}
