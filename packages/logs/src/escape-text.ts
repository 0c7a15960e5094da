const BLANK = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const TILDE = 0x7e;

/**
 * `text` as the inside of a JSON string that is plain ASCII.
 *
 * Everything but printable ASCII becomes `\uXXXX`: control characters and terminal escapes,
 * U+2028, direction marks, and lone surrogates, which UTF-8 cannot hold. So a value can neither end
 * its line nor act on the terminal it is shown on, and a line has as many bytes as characters.
 */
export function escapeText(text: string): string {
  for (let i = 0; i < text.length; i++) {
    if (!isPlain(text.charCodeAt(i))) return escapeFrom(text, i);
  }
  return text;
}

function escapeFrom(text: string, start: number): string {
  let escaped = text.slice(0, start);
  for (let i = start; i < text.length; i++) {
    const code = text.charCodeAt(i);
    escaped += isPlain(code) ? text.charAt(i) : escapeCode(code);
  }
  return escaped;
}

function isPlain(code: number): boolean {
  return code >= BLANK && code <= TILDE && code !== QUOTE && code !== BACKSLASH;
}

function escapeCode(code: number): string {
  if (code === QUOTE) return String.raw`\"`;
  if (code === BACKSLASH) return String.raw`\\`;
  return String.raw`\u${code.toString(16).padStart(4, "0")}`;
}
