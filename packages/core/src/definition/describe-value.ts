/** No word of any field's vocabulary is longer; most credentials are. */
const LONGEST_QUOTED = 16;

/** What a JSON value is, without showing it: it may be a secret in the wrong place. */
export function describeValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return value.length === 0 ? "an empty array" : "an array";
  if (value === "") return "an empty string";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/**
 * The same for fields whose values are words of a small vocabulary, numbers or switches: shows the
 * value if it is short.
 */
export function quoteValue(value: unknown): string {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value !== "string" || value === "") return describeValue(value);
  if (value.length > LONGEST_QUOTED) return `a string of ${value.length} characters`;
  return /^[ -~]+$/.test(value)
    ? JSON.stringify(value)
    : "a string with characters that are not visible ASCII";
}
