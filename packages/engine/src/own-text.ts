import { Buffer } from "node:buffer";

/**
 * An equal text of its own: one cut out of a header would keep the whole header in memory, and is slow to
 * compare. Not equal where a character is past latin1.
 */
export function ownText(value: string): string {
  return Buffer.from(value, "latin1").toString("latin1");
}
