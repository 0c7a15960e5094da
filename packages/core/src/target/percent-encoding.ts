import { hexValue } from "./char-codes.ts";

const PERCENT = 0x25;

/** The byte of the escape `%XX` at `at`, or -1 if there is none. */
export function escapedByte(text: string, at: number): number {
  if (at + 2 >= text.length || text.charCodeAt(at) !== PERCENT) return -1;
  const high = hexValue(text.charCodeAt(at + 1));
  const low = hexValue(text.charCodeAt(at + 2));
  return high < 0 || low < 0 ? -1 : (high << 4) | low;
}

/**
 * How many escapes from `at` on make up one character beyond ASCII, or 0 if they are not
 * well-formed UTF-8: Unicode, table 3-7. Overlong forms and surrogates are not.
 */
export function escapedCharacterLength(text: string, at: number): number {
  const lead = escapedByte(text, at);
  const length = sequenceLength(lead);
  for (let k = 1; k < length; k++) {
    const byte = escapedByte(text, at + 3 * k);
    const lowest = k === 1 ? lowestSecond(lead) : 0x80;
    const highest = k === 1 ? highestSecond(lead) : 0xbf;
    if (byte < lowest || byte > highest) return 0;
  }
  return length;
}

/**
 * Decodes a name or value of `application/x-www-form-urlencoded`; `undefined` for a broken escape
 * and for bytes that are not UTF-8. Decodes once: what then looks like an escape is data.
 */
export function decodeFormText(text: string): string | undefined {
  for (let at = text.indexOf("%"); at !== -1; at = text.indexOf("%", at)) {
    const byte = escapedByte(text, at);
    if (byte < 0) return undefined;
    const length = byte < 0x80 ? 1 : escapedCharacterLength(text, at);
    if (length === 0) return undefined;
    at += 3 * length;
  }
  return decodeURIComponent(text.replaceAll("+", " "));
}

function sequenceLength(lead: number): number {
  if (lead < 0xc2 || lead > 0xf4) return 0;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}

function lowestSecond(lead: number): number {
  if (lead === 0xe0) return 0xa0;
  return lead === 0xf0 ? 0x90 : 0x80;
}

function highestSecond(lead: number): number {
  if (lead === 0xed) return 0x9f;
  return lead === 0xf4 ? 0x8f : 0xbf;
}
