/** What the lists in memory need of a record. */
export interface PlainKey {
  readonly kind: number;
  readonly key: Uint8Array;
  readonly prefix: number;
  readonly expiresAt: number;
  readonly api: string | undefined;
}

// MessagePack (github.com/msgpack/msgpack, spec.md), as far as these records have it.
const ARRAY_OF_8 = 0x98;
const FIX_STR = 0xa0;
const MAX_FIX_STR = 31;
const NIL = 0xc0;
const BIN_8 = 0xc4;
const FLOAT_64 = 0xcb;
const UINT_8 = 0xcc;
const UINT_16 = 0xcd;
const UINT_32 = 0xce;
const UINT_64 = 0xcf;
const STR_8 = 0xd9;
const NO_API = "";
const KEY_BYTES = 16;
/** Of array, kind, and the head of the key. */
const KEY_AT = 4;

/**
 * Reads the leading fields of a list entry without the rest, which is most of it: a million entries are
 * read at the start. `undefined`: the record has another form, and has to be unpacked.
 */
export function readPlainKey(body: Uint8Array): PlainKey | undefined {
  const isPlain = body[0] === ARRAY_OF_8 && body[2] === BIN_8 && body[3] === KEY_BYTES;
  const kind = body[1] ?? 0xff;
  if (!isPlain || kind > 0x7f) return undefined;
  let at = KEY_AT + KEY_BYTES;
  const prefix = readUint(body, at);
  at += bytesOfNumber(body[at]);
  const expiresAt = readUint(body, at);
  at += bytesOfNumber(body[at]);
  // When it was added: milliseconds, past 32 bits.
  at += bytesOfNumber(body[at]);
  const api = readApi(body, at);
  if (prefix < 0 || expiresAt < 0 || api === undefined) return undefined;
  const key = body.slice(KEY_AT, KEY_AT + KEY_BYTES);
  return { kind, key, prefix, expiresAt, api: api === NO_API ? undefined : api };
}

/** The API that an offence was seen at, `NO_API`, or `undefined` for anything but ASCII. */
function readApi(body: Uint8Array, at: number): string | undefined {
  const head = body[at] ?? 0;
  if (head === NIL) return NO_API;
  const isShort = head >= FIX_STR && head <= FIX_STR + MAX_FIX_STR;
  if (!isShort && head !== STR_8) return undefined;
  const start = isShort ? at + 1 : at + 2;
  const end = start + (isShort ? head - FIX_STR : (body[at + 1] ?? 0));
  return start === end || end > body.length ? undefined : readAscii(body, start, end);
}

function readAscii(body: Uint8Array, start: number, end: number): string | undefined {
  let text = "";
  for (let at = start; at < end; at++) {
    const byte = body[at] ?? 0;
    if (byte > 0x7f) return undefined;
    text += String.fromCharCode(byte);
  }
  return text;
}

/** A whole number of up to 32 bits; -1 for anything else. */
function readUint(body: Uint8Array, at: number): number {
  const head = body[at] ?? NIL;
  if (head <= 0x7f) return head;
  if (head < UINT_8 || head > UINT_32) return -1;
  let value = 0;
  for (let i = 1; i < bytesOfNumber(head); i++) value = value * 256 + (body[at + i] ?? 0);
  return value;
}

function bytesOfNumber(head: number | undefined): number {
  if (head === FLOAT_64 || head === UINT_64) return 9;
  if (head === UINT_8) return 2;
  if (head === UINT_16) return 3;
  return head === UINT_32 ? 5 : 1;
}
