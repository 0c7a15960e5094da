/**
 * The claims a token states about itself. Unverified: whoever wrote the token wrote them.
 *
 * A claim may be named `__proto__` or `constructor`. Read a claim with `claimText`, which sees own
 * claims only.
 */
export type Claims = Readonly<Record<string, unknown>>;

/** Whether a value out of `JSON.parse` is a JSON object: an array or `null` holds no claims. */
export function isClaims(value: unknown): value is Claims {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
