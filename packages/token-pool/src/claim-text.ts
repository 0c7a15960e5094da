import { type Claims, isClaims } from "./claims.ts";

/**
 * A claim as text: a string, a number as JSON writes it, or the first element of an array of those.
 *
 * A claim whose name is `path` to the letter wins; only where there is none, a dotted path leads
 * into nested objects (`data.email`). `undefined` for a claim that is missing, an empty string, an
 * empty array, a boolean, `null` or an object. So is a whole number beyond 2^53: parsing has rounded
 * it, and its text could be somebody else's. `takesArrays`: or else an array is no text either.
 */
export function claimText(claims: Claims, path: string, takesArrays = true): string | undefined {
  const value = Object.hasOwn(claims, path) ? claims[path] : nestedClaim(claims, path);
  return takesArrays || !Array.isArray(value) ? textOf(value) : undefined;
}

function nestedClaim(claims: Claims, path: string): unknown {
  let value: unknown = claims;
  for (const name of path.split(".")) {
    if (!isClaims(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

function textOf(value: unknown): string | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  if (typeof first === "string") return first === "" ? undefined : first;
  return typeof first === "number" && isExact(first) ? String(first) : undefined;
}

/** Beyond 2^53 neighbours share a double; beyond 1.8e308 all numbers are `Infinity`. */
function isExact(value: number): boolean {
  return Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
}
