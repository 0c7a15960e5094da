/** Bytes of a word. */
export const WORD_BYTES = 4;

/** ASCII that is written often, laid out to be copied a word at a time: calls that copy cost more, and so do single bytes. */
export interface AsciiPart {
  /** Little-endian; what is past `length` is 0. */
  readonly words: Int32Array;
  /** In bytes. */
  readonly length: number;
}

/** Lays out `text`, which has to be ASCII. */
export function asciiPart(text: string): AsciiPart {
  const view = new DataView(new ArrayBuffer(WORD_BYTES * Math.ceil(text.length / WORD_BYTES)));
  for (let at = 0; at < text.length; at++) view.setUint8(at, text.charCodeAt(at));
  const words = new Int32Array(view.byteLength / WORD_BYTES);
  for (let at = 0; at < words.length; at++) words[at] = view.getInt32(WORD_BYTES * at, true);
  return { words, length: text.length };
}
