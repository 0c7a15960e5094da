const FIRST_BYTES = 128 * 1024;
/** What one character takes at most, escaped. */
const ESCAPED_BYTES = 6;
const MOST_DIGITS = 16;
const HEX_LENGTH = 8;
const ZERO = 0x30;
const BLANK = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const TILDE = 0x7e;

const HEX_DIGITS: Uint8Array = Uint8Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));

/**
 * Bytes of ASCII to be written to a file, put together without a string for each piece: joining
 * strings costs more than all else about a log line.
 */
export class LineBuffer {
  /** What is past `length` is left over. */
  bytes: Uint8Array = new Uint8Array(FIRST_BYTES);
  length = 0;

  readonly #digits = new Uint8Array(MOST_DIGITS);

  /** Appends what is the same in every line; copying bytes costs less than taking a text apart. */
  constant(part: Uint8Array): void {
    this.#makeRoom(part.length);
    const { bytes } = this;
    let at = this.length;
    for (let i = 0; i < part.length; i++) bytes[at++] = part[i] ?? ZERO;
    this.length = at;
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
    if (!Number.isSafeInteger(value) || value < 0) {
      this.ascii(Number.isFinite(value) ? String(value) : "0");
      return;
    }
    this.#makeRoom(MOST_DIGITS);
    const { bytes } = this;
    const digits = this.#digits;
    let count = 0;
    let left = value;
    do {
      const tens = Math.floor(left / 10);
      digits[count++] = ZERO + (left - tens * 10);
      left = tens;
    } while (left > 0);
    let at = this.length;
    while (count > 0) bytes[at++] = digits[--count] ?? ZERO;
    this.length = at;
  }

  /** Appends the 32 bits of `word` as eight digits in hex. */
  hex(word: number): void {
    this.#makeRoom(HEX_LENGTH);
    const { bytes } = this;
    const start = this.length;
    let left = word;
    for (let at = start + HEX_LENGTH - 1; at >= start; at--) {
      bytes[at] = HEX_DIGITS[left & 15] ?? ZERO;
      left >>>= 4;
    }
    this.length = start + HEX_LENGTH;
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
  }
}
