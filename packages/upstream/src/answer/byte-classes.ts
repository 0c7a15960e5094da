export const HTAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SP = 0x20;
export const QUOTE = 0x22;
export const COLON = 0x3a;
export const SEMICOLON = 0x3b;
export const EQUALS = 0x3d;
export const BACKSLASH = 0x5c;
export const DIGIT_0 = 0x30;
export const DIGIT_9 = 0x39;

const NAME_BYTES = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** For each byte of a token (RFC 9110, 5.6.2) its lower-case form; 0 for every other byte. */
export const LOWER_TOKEN: Uint8Array = fill((table) => {
  for (let i = 0; i < NAME_BYTES.length; i++) {
    table[NAME_BYTES.charCodeAt(i)] = NAME_BYTES.charAt(i).toLowerCase().charCodeAt(0);
  }
});

/** 1 for the bytes a field value or a phrase may hold: HTAB, SP, VCHAR, obs-text. */
export const IS_VALUE: Uint8Array = fill((table) => {
  table[HTAB] = 1;
  for (let byte = SP; byte < 256; byte++) table[byte] = byte === 0x7f ? 0 : 1;
});

/** The value of a hexadecimal digit plus one; 0 for every other byte. */
export const HEX_PLUS_ONE: Uint8Array = fill((table) => {
  for (let digit = 0; digit < 16; digit++) {
    const text = digit.toString(16);
    table[text.charCodeAt(0)] = digit + 1;
    table[text.toUpperCase().charCodeAt(0)] = digit + 1;
  }
});

function fill(write: (table: Uint8Array) => void): Uint8Array {
  const table = new Uint8Array(256);
  write(table);
  return table;
}
