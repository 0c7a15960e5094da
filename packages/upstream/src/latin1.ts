import { Buffer } from "node:buffer";

/** On a one-byte string V8 knows the answer without looking at it, however long it is. */
const NOT_LATIN1 = /[\u0100-\uffff]/;

/** Whether `text` can be sent as it is: of anything else the low byte would be, and U+010A would become a line feed. */
export function isLatin1(text: string): boolean {
  return !NOT_LATIN1.test(text);
}

/** Bytes as a text of one character each. */
export function latin1Text({ buffer, byteLength, byteOffset }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("latin1");
}
