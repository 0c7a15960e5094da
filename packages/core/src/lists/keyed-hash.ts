import type { AddressWords } from "../identity/ip-address.ts";
import {
  absorbWords,
  finishLanes,
  LANE_STATE_WORDS,
  startLanes,
  WORD_ROUNDS,
} from "./half-sip-hash.ts";
import { HashKeyLengthError } from "./lists-error.ts";

/** Words of one hash. */
export const HASH_WORDS = 4;

const KEY_BYTES = 16;
const BLOCK_WORDS = 256;

// The low two bits of the first word say how the rest is to be read, so that no two messages share words.
const NARROW = 0;
const WIDE = 1;
const ADDRESS = 2;
const LAYOUT_BITS = 2;

const LATIN1_MAX = 0xff;

/**
 * The installation's hash key with the scratch memory of one thread. Secret: never log or copy it.
 *
 * Hashing is synchronous, so one key serves any number of callers on its thread.
 */
export class HashKey {
  /** @internal */
  readonly words: Int32Array;
  /** @internal */
  readonly state: Int32Array = new Int32Array(LANE_STATE_WORDS);
  /** @internal */
  readonly block: Int32Array = new Int32Array(BLOCK_WORDS);
  /** @internal The union of the char codes packed so far. */
  seen = 0;

  constructor(words: Int32Array) {
    this.words = words;
  }
}

/** Makes the hash key of 16 secret random bytes; the bytes are copied. */
export function compileHashKey(bytes: Uint8Array): HashKey {
  if (bytes.length !== KEY_BYTES) throw new HashKeyLengthError(bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, KEY_BYTES);
  const words = new Int32Array(HASH_WORDS);
  for (let i = 0; i < HASH_WORDS; i++) words[i] = view.getInt32(i * 4, true);
  return new HashKey(words);
}

/**
 * Writes the 128-bit keyed hash of (kind, name, value) to `out[offset, offset + 4)`.
 *
 * The hashed message opens with the kind, the packing and both lengths, so that different
 * identifiers never become the same message. `kind` is a small number (below 2^29). Any string is
 * taken code unit by code unit: normalize before, if two spellings are to be one client.
 */
export function hashIdentifier(
  key: HashKey,
  kind: number,
  name: string,
  value: string,
  out: Int32Array,
  offset: number,
): void {
  // Four characters a word where all are latin1, as nearly always; otherwise once more, two a word.
  key.seen = 0;
  absorbIdentifier(key, kind, name, value, NARROW);
  if (key.seen > LATIN1_MAX) absorbIdentifier(key, kind, name, value, WIDE);
  finishLanes(key.state, key.block, out, offset);
}

/**
 * Writes the keyed hash of the range `address/prefix` to `out[offset, offset + 4)`.
 *
 * `address` is 128 bits, most significant word first; bits past `prefix` (0 to 128) are ignored.
 * Never equal to a message of `hashIdentifier`.
 */
export function hashAddress(
  key: HashKey,
  address: AddressWords,
  prefix: number,
  out: Int32Array,
  offset: number,
): void {
  const { block, state } = key;
  block[0] = (prefix << LAYOUT_BITS) | ADDRESS;
  for (let i = 0; i < 4; i++) block[i + 1] = (address[i] ?? 0) & prefixMask(prefix - i * 32);
  block[5] = lengthWord(5);
  startLanes(key.words, state);
  absorbWords(state, block, 6, WORD_ROUNDS);
  finishLanes(state, block, out, offset);
}

function prefixMask(bits: number): number {
  if (bits >= 32) return -1;
  return bits <= 0 ? 0 : -1 << (32 - bits);
}

function absorbIdentifier(
  key: HashKey,
  kind: number,
  name: string,
  value: string,
  layout: number,
): void {
  const { block, state } = key;
  startLanes(key.words, state);
  block[0] = (kind << LAYOUT_BITS) | layout;
  block[1] = name.length;
  block[2] = value.length;
  let at = 3;
  at = absorbText(key, at, name, layout);
  at = absorbText(key, at, value, layout);
  block[at] = lengthWord(3 + packedWords(name, layout) + packedWords(value, layout));
  absorbWords(state, block, at + 1, WORD_ROUNDS);
}

/** Packs `text` behind `block[0, at)`, absorbing each full block; returns where the rest ends. */
function absorbText(key: HashKey, at: number, text: string, layout: number): number {
  const { block } = key;
  const perWordBits = layout === WIDE ? 1 : 2;
  let end = at;
  let from = 0;
  while (from < text.length) {
    const to = Math.min(text.length, from + ((BLOCK_WORDS - end) << perWordBits));
    if (layout === WIDE) packWide(block, end, text, from, to);
    else key.seen |= packNarrow(block, end, text, from, to);
    end += (to - from + (1 << perWordBits) - 1) >> perWordBits;
    from = to;
    if (end === BLOCK_WORDS) {
      absorbWords(key.state, block, BLOCK_WORDS, WORD_ROUNDS);
      end = 0;
    }
  }
  return end;
}

/** Packs four characters a word and returns the union of their codes. */
function packNarrow(block: Int32Array, at: number, text: string, from: number, to: number): number {
  let seen = 0;
  let slot = at;
  let i = from;
  for (; i + 4 <= to; i += 4) {
    const c0 = text.charCodeAt(i);
    const c1 = text.charCodeAt(i + 1);
    const c2 = text.charCodeAt(i + 2);
    const c3 = text.charCodeAt(i + 3);
    seen |= c0 | c1 | c2 | c3;
    block[slot++] = c0 | (c1 << 8) | (c2 << 16) | (c3 << 24);
  }
  if (i === to) return seen;
  let word = 0;
  for (let shift = 0; i < to; i++, shift += 8) {
    const code = text.charCodeAt(i);
    seen |= code;
    word |= code << shift;
  }
  block[slot] = word;
  return seen;
}

function packWide(block: Int32Array, at: number, text: string, from: number, to: number): void {
  let slot = at;
  for (let i = from; i < to; i += 2) {
    const second = i + 1 < to ? text.charCodeAt(i + 1) : 0;
    block[slot++] = text.charCodeAt(i) | (second << 16);
  }
}

function packedWords(text: string, layout: number): number {
  return layout === WIDE ? (text.length + 1) >> 1 : (text.length + 3) >> 2;
}

/** HalfSipHash's closing word: the byte count, modulo 256, in the top byte. */
function lengthWord(words: number): number {
  return words << 26;
}
