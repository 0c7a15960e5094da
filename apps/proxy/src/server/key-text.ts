import { KEY_WORDS } from "@portcullis/core";

/** Every byte in hex. Numbers past 2^31 take a slow way through `toString(16)`. */
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, "0"),
);

/** Half of an identifier's keyed hash in hex: enough to tell clients apart, and to grep for one. */
export function keyText(keys: Int32Array, kind: number): string {
  return hex(keys[kind * KEY_WORDS] ?? 0) + hex(keys[kind * KEY_WORDS + 1] ?? 0);
}

function hex(word: number): string {
  return (
    (HEX[word >>> 24] ?? "") +
    (HEX[(word >>> 16) & 0xff] ?? "") +
    (HEX[(word >>> 8) & 0xff] ?? "") +
    (HEX[word & 0xff] ?? "")
  );
}
