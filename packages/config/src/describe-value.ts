/** What a file holds in the place of what was expected, in few words. */
export function describeValue(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a section";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value !== "string") return `a ${typeof value}`;
  return value.length > 60 ? `a text of ${value.length} characters` : JSON.stringify(value);
}
