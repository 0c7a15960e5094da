import { quoteValue } from "./describe-value.ts";
import { textual } from "./read-primitives.ts";
import { accept, type Reader, refuse } from "./read.ts";

/** An answer is small: whoever provokes many must not get a multiple of what he sends. */
export const MAX_BODY_BYTES = 65_536;
export const MAX_PHRASE_LENGTH = 128;

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
/** Statuses whose answers end behind the head (RFC 9110, 15.3.5, 15.3.6 and 15.4.5). */
const BODILESS: readonly number[] = [204, 205, 304];

/** Whether an answer with this status can have a body at all. */
export function mayHaveBody(status: number): boolean {
  return !BODILESS.includes(status);
}

/** A final status as a number or a decimal string, both of which are in use; `""` means `byDefault`. */
export function statusOr(byDefault: number): Reader<number> {
  const read = statusWhere((status) => status >= 200 && status <= 599);
  return (value) => (value === "" ? accept(byDefault) : read(value));
}

/** A status that sends the client to the `Location` of the answer, written in the same ways. */
export const readRedirectStatus: Reader<number> = statusWhere((status) =>
  REDIRECTS.includes(status),
);

function statusWhere(isAllowed: (status: number) => boolean): Reader<number> {
  return (value) => {
    const isDecimal = typeof value === "string" && /^\d{3}$/.test(value);
    const status = isDecimal ? Number(value) : value;
    return typeof status === "number" && Number.isInteger(status) && isAllowed(status)
      ? accept(status)
      : refuse(quoteValue(value));
  };
}

/** A reason phrase: one line, because a line break in it would begin a header of its author's. */
export const readPhrase: Reader<string> = textual((text) => {
  if (text.length > MAX_PHRASE_LENGTH) return refuse(`${text.length} characters`);
  if (/[\r\n]/.test(text)) return refuse("a line break");
  return /^[ -~]*$/.test(text)
    ? accept(text)
    : refuse("a control character or a character beyond ASCII");
});

/** The body of an answer: any text, within `MAX_BODY_BYTES` in UTF-8. */
export const readBody: Reader<string> = textual((text) => {
  // Counting first what cannot be few enough keeps a huge string cheap.
  const bytes = text.length > MAX_BODY_BYTES ? text.length : utf8Length(text);
  return bytes > MAX_BODY_BYTES ? refuse(`at least ${bytes} bytes`) : accept(text);
});

function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_00_00 ? 3 : 4;
  }
  return bytes;
}
