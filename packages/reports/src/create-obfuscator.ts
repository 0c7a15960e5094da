import { createHmac } from "node:crypto";

const SHOWN_DIGITS = 16;

/**
 * What shows a restricted reader that two values are the same, and nothing else about them.
 *
 * `key` stays with the installation; with another one, everything reads otherwise.
 */
export function createObfuscator(key: Uint8Array): (value: string) => string {
  return (value) => {
    const digest = createHmac("sha256", key).update(value, "utf16le").digest("hex");
    return `sha256:${digest.slice(0, SHOWN_DIGITS)}`;
  };
}
