import { IDENTITY_BYTES } from "../sealer.ts";

/** Six bytes: milliseconds for 8,900 years, or a hundred thousand records a second for 89 years. */
const WIDE = 6;
/** The largest time and the largest sequence number that fit into a key. */
export const MAX_WIDE: number = 2 ** (8 * WIDE) - 1;
const MAX_NAME_BYTES = 500;

/** Where one list entry lives: entries of one list and source lie together, in insertion order. */
export function entryKey(list: number, source: number, sequence: number): Buffer {
  const key = Buffer.allocUnsafe(2 + WIDE);
  key[0] = list;
  key[1] = source;
  key.writeUIntBE(sequence, 2, WIDE);
  return key;
}

/** The sequence of the entry whose key starts at `start`. */
export function sequenceOfEntryKey(bytes: Uint8Array, start = 0): number {
  let sequence = 0;
  for (let at = start + 2; at < start + 2 + WIDE; at++)
    sequence = sequence * 256 + (bytes[at] ?? 0);
  return sequence;
}

/** Where one identifier is found: its sources lie together. Also the context its value is sealed in. */
export function identityKey(list: number, identity: Uint8Array, source: number): Buffer {
  const key = Buffer.allocUnsafe(2 + IDENTITY_BYTES);
  key[0] = list;
  key.set(identity, 1);
  key[1 + IDENTITY_BYTES] = source;
  return key;
}

export function sourceOfIdentityKey(key: Uint8Array): number {
  return key[1 + IDENTITY_BYTES] ?? 0;
}

/** Where one attack lives, in the order of time, and of arrival within a millisecond. */
export function attackKey(at: number, sequence: number): Buffer {
  const key = Buffer.allocUnsafe(2 * WIDE);
  key.writeUIntBE(at, 0, WIDE);
  key.writeUIntBE(sequence, WIDE, WIDE);
  return key;
}

export function timeOfAttackKey(key: Uint8Array): number {
  return Buffer.from(key).readUIntBE(0, WIDE);
}

/** How an attack's key reads in an error. */
export function attackKeyName(key: Uint8Array): string {
  const bytes = Buffer.from(key);
  return `attacks/${bytes.readUIntBE(0, WIDE)}/${bytes.readUIntBE(WIDE, WIDE)}`;
}

/** A key made of a name. Throws a `RangeError` unless the name has 1 to 500 bytes. */
export function nameKey(name: string): Buffer {
  const key = Buffer.from(name);
  if (key.length > 0 && key.length <= MAX_NAME_BYTES) return key;
  throw new RangeError(`expected a name of 1 to ${MAX_NAME_BYTES} bytes, got ${key.length}`);
}

/** Every key that starts with these bytes, none of which is 255. */
export function prefixRange(...prefix: readonly number[]): {
  readonly start: Buffer;
  readonly end: Buffer;
} {
  const start = Buffer.from(prefix);
  const end = Buffer.from(prefix);
  const last = prefix.length - 1;
  end[last] = (end[last] ?? 0) + 1;
  return { start, end };
}
