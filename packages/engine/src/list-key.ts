import {
  type AddressWords,
  type ClientIdentifier,
  foldUsername,
  hashIdentifier,
  type HashKey,
  IDENTIFIER_KINDS,
  KEY_WORDS,
  parseCidr,
} from "@portcullis/core";

/** Under what the lists know one identifier: a range of addresses, or a keyed hash. */
export type IdentifierKey =
  | { readonly isAddress: true; readonly words: AddressWords; readonly prefix: number }
  | { readonly isAddress: false; readonly words: Int32Array; readonly prefix: 0 };

/** The key of `identifier`. Throws a `TypeError` for an IP address that is none: parse it before. */
export function keyOf(identifier: ClientIdentifier, hashKey: HashKey): IdentifierKey {
  if (identifier.kind === "ip") {
    const range = parseCidr(identifier.value);
    if (!range.ok) throw new TypeError("an IP identifier that is no address");
    return { isAddress: true, words: range.value.address, prefix: range.value.prefix };
  }
  const words = new Int32Array(KEY_WORDS);
  const kind = IDENTIFIER_KINDS.indexOf(identifier.kind);
  hashIdentifier(hashKey, kind, listedName(identifier), listedValue(identifier), words, 0);
  return { isAddress: false, words, prefix: 0 };
}

/** API keys are listed by lower-case name, because a header name has no case; cookie names have one. */
function listedName(identifier: ClientIdentifier): string {
  return identifier.kind === "api-key" ? identifier.name.toLowerCase() : identifier.name;
}

/** A user name has one spelling; every other value is its own. */
function listedValue({ kind, value }: ClientIdentifier): string {
  return kind === "username" ? foldUsername(value) : value;
}

/** The words as 16 bytes in network order, for the store. */
export function keyBytes(key: IdentifierKey): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  key.words.forEach((word, at) => view.setInt32(at * 4, word));
  return bytes;
}

/** The inverse of `keyBytes`. `prefix` counts for addresses only. */
export function keyFromBytes(bytes: Uint8Array, isAddress: boolean, prefix: number): IdentifierKey {
  // A million of these are read at start.
  const words = isAddress ? new Uint32Array(KEY_WORDS) : new Int32Array(KEY_WORDS);
  for (let at = 0; at < KEY_WORDS; at++) words[at] = wordAt(bytes, 4 * at);
  return words instanceof Uint32Array
    ? { isAddress: true, words, prefix }
    : { isAddress: false, words, prefix: 0 };
}

function wordAt(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16);
  return high | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
}
