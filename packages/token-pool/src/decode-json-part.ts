import { Buffer } from "node:buffer";

import { type Claims, isClaims } from "./claims.ts";

/** `ignoreBOM` keeps a byte order mark in the text, where `JSON.parse` refuses it (RFC 8259 §8.1). */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** One part of a JWS that is a JSON object. */
export interface JsonPart {
  readonly text: string;
  readonly members: Claims;
}

/**
 * Reads a part of a JWS that holds a JSON object. `undefined` unless it is unpadded base64url in its
 * one canonical spelling, UTF-8, and a JSON object. Never throws.
 */
export function decodeJsonPart(part: string): JsonPart | undefined {
  const bytes = Buffer.from(part, "base64url");
  // Buffer skips what it does not know, takes `+` and `/` too, and keeps the low byte only of a
  // character such as U+0141. Encoding back finds every one of these.
  if (bytes.toString("base64url") !== part) return undefined;
  try {
    const text = utf8.decode(bytes);
    const value: unknown = JSON.parse(text);
    return isClaims(value) ? { text, members: value } : undefined;
  } catch {
    // Not UTF-8 or not JSON. The error would quote the part, so it goes no further.
    return undefined;
  }
}
