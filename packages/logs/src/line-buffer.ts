import { type AsciiPart, WORD_BYTES } from "./ascii-part.ts";

const FIRST_BYTES = 128 * 1024;
/** What one character takes at most, escaped. */
const ESCAPED_BYTES = 6;
const MOST_DIGITS = 10;
const LARGEST = 0x7fff_ffff;
const HEX_LENGTH = 8;
const ZERO = 0x30;
const BLANK = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const TILDE = 0x7e;

const HEX_DIGITS: Uint8Array = Uint8Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));

/** The two digits of each byte as one number, the first one in its low byte. */
const HEX_PAIRS: Int16Array = Int16Array.from({ length: 256 }, (_, byte) => {
  const high = HEX_DIGITS[byte >> 4] ?? ZERO;
  return high | ((HEX_DIGITS[byte & 15] ?? ZERO) << 8);
});

/**
 * Bytes of ASCII to be written to a file, put together without a string for each piece: joining
 * strings costs more than all else about a log line.
 */
export class LineBuffer {
  /** What is past `length` is left over. */
  bytes: Uint8Array = new Uint8Array(FIRST_BYTES);
  length = 0;
  /** On the same bytes, for several at a time. */
  #view = new DataView(this.bytes.buffer);

  /** Appends what was laid out before. */
  part({ words, length }: AsciiPart): void {
    this.#makeRoom(WORD_BYTES * words.length);
    const view = this.#view;
    let at = this.length;
    for (let i = 0; i < words.length; i++) {
      view.setInt32(at, words[i] ?? 0, true);
      at += WORD_BYTES;
    }
    this.length += length;
  }

  /** Appends `text` as it is: only for what is known to be ASCII. */
  ascii(text: string): void {
    this.#makeRoom(text.length);
    const { bytes } = this;
    let at = this.length;
    for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i);
    this.length = at;
  }

  /** Appends `text` as the inside of a JSON string, as `escapeText` writes it. */
  escaped(text: string): void {
    this.#makeRoom(ESCAPED_BYTES * text.length);
    const { bytes } = this;
    let at = this.length;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code >= BLANK && code <= TILDE && code !== QUOTE && code !== BACKSLASH)
        bytes[at++] = code;
      else at = this.#escape(code, at);
    }
    this.length = at;
  }

  /** Appends a number as JSON does, and 0 for one that JSON cannot hold. */
  number(value: number): void {
    if (value >= 0 && value <= LARGEST && Number.isInteger(value)) this.#integer(value);
    else this.ascii(Number.isFinite(value) ? String(value) : "0");
  }

  /** Of 31 bits. */
  #integer(value: number): void {
    this.#makeRoom(MOST_DIGITS);
    const { bytes } = this;
    let end = this.length + 1;
    for (let least = 10; least <= value; least *= 10) end++;
    this.length = end;
    let left = value | 0;
    do {
      const tens = (left / 10) | 0;
      bytes[--end] = ZERO + left - 10 * tens;
      left = tens;
    } while (left > 0);
  }

  /** Appends the 32 bits of `word` as eight digits in hex. */
  hex(word: number): void {
    this.#makeRoom(HEX_LENGTH);
    const view = this.#view;
    const at = this.length;
    view.setInt16(at, HEX_PAIRS[word >>> 24] ?? 0, true);
    view.setInt16(at + 2, HEX_PAIRS[(word >>> 16) & 255] ?? 0, true);
    view.setInt16(at + 4, HEX_PAIRS[(word >>> 8) & 255] ?? 0, true);
    view.setInt16(at + 6, HEX_PAIRS[word & 255] ?? 0, true);
    this.length = at + HEX_LENGTH;
  }

  #escape(code: number, start: number): number {
    const { bytes } = this;
    let at = start;
    bytes[at++] = BACKSLASH;
    if (code === QUOTE || code === BACKSLASH) {
      bytes[at++] = code;
      return at;
    }
    bytes[at++] = 0x75;
    for (let shift = 12; shift >= 0; shift -= 4) {
      bytes[at++] = HEX_DIGITS[(code >>> shift) & 15] ?? ZERO;
    }
    return at;
  }

  #makeRoom(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(2 * this.bytes.length, this.length + more));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
