import { type Claims, isClaims } from "./claims.ts";
import { hasRepeatedMembers } from "./has-repeated-members.ts";

/** A JSON object that can be read in one way only; `undefined` for any other text. Never throws. */
export function readJsonObject(text: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isClaims(value) && !hasRepeatedMembers(text, value) ? value : undefined;
  } catch {
    // Not JSON. The error would quote the text, so it goes no further.
    return undefined;
  }
}
