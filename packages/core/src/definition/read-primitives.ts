import { describeValue, quoteValue } from "./describe-value.ts";
import { accept, type Read, type Reader, refuse, type Remark } from "./read.ts";

/** A JSON boolean. The strings "true" and "false" are refused, not guessed at. */
export function readBoolean(value: unknown): Read<boolean> {
  return typeof value === "boolean" ? accept(value) : refuse(quoteValue(value));
}

/** A JSON number without fraction in `[min, max]`. */
export function integerIn(min: number, max: number): Reader<number> {
  return (value) =>
    typeof value === "number" && Number.isInteger(value) && value >= min && value <= max
      ? accept(value)
      : refuse(quoteValue(value));
}

/** A string that `readText` takes: the type check every reader of strings starts with. */
export function textual<T>(readText: (text: string) => Read<T>): Reader<T> {
  return (value) => (typeof value === "string" ? readText(value) : refuse(describeValue(value)));
}

/** One of the given words. */
export function oneOf<const T extends string>(words: readonly T[]): Reader<T> {
  return (value) => {
    const word = words.find((candidate) => candidate === value);
    return word === undefined ? refuse(quoteValue(value)) : accept(word);
  };
}

/** An empty string means that the feature is not configured. */
export function optional<T>(read: Reader<T>): Reader<T | undefined> {
  return (value) => (value === "" ? accept(undefined) : read(value));
}

/**
 * A list of at most `limit` strings, none twice.
 *
 * An element that is refused stays in `rest` as an empty string, so that the others keep their
 * places.
 */
export function listOf(read: Reader<string>, limit: number): Reader<readonly string[]> {
  return (value) => {
    if (!Array.isArray(value)) return refuse(describeValue(value));
    if (value.length > limit) return refuse(`${value.length} elements`);
    const elements: readonly unknown[] = value;
    const got: Remark[] = [];
    const warnings: Remark[] = [];
    const values = elements.map((element, index) => {
      const outcome = read(element);
      if (outcome.ok) return outcome.value;
      got.push(...outcome.got.map(({ text }) => ({ at: `[${index}]`, text })));
      return "";
    });
    values.forEach((text, index) => {
      if (text !== "" && values.indexOf(text) < index) {
        warnings.push({ at: `[${index}]`, text: "is in the list already" });
      }
    });
    if (got.length > 0) return { ok: false, got, rest: values };
    return { ok: true, value: [...new Set(values)], warnings };
  };
}
