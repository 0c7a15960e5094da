import type { DenySource } from "@portcullis/core";

/** The product's names for the sources, in the order in which it lists them, and their headings. */
export const SOURCE_TAGS: readonly (readonly [tag: string, source: DenySource, title: string])[] = [
  ["manual", "manual", "Manual Blacklist"],
  ["decoy", "decoy", "Realtime Decoy Blacklist"],
  ["invalid_protocol", "protocol", "Realtime Protocol Blacklist"],
  ["invalid_method", "method", "Realtime Method Blacklist"],
  ["invalid_content_type", "content-type", "Realtime Content-Type Blacklist"],
  ["missing_token", "missing-token", "Realtime Missing Token Blacklist"],
  ["abs_detected", "analytics", "ABS Detected Blacklist"],
];

/** The heading of the allow list. */
export const ALLOW_TITLE = "Whitelist";

/** Every line of a view that is no entry. */
export const LIST_TITLES: ReadonlySet<string> = new Set([
  ...SOURCE_TAGS.map(([, , title]) => title),
  ALLOW_TITLE,
  "No Blacklist",
  "No Whitelist",
]);
