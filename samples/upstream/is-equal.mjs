import { createHash, timingSafeEqual } from "node:crypto";

/** Compares a secret; takes as long for a nearly right value as for a wrong one. */
export function isEqual(given, expected) {
  return typeof given === "string" && timingSafeEqual(digest(given), digest(expected));
}

function digest(value) {
  return createHash("sha256").update(value).digest();
}
