import { crc32 } from "node:zlib";

import { Packr } from "msgpackr";

const CHECKSUM_BYTES = 4;

/**
 * Writes a record as MessagePack behind a checksum, because LMDB has none: a bit that rots in a
 * list entry would otherwise quietly deny somebody else.
 */
export class RecordCodec {
  readonly #packr = new Packr({ useRecords: false });

  encode(fields: readonly unknown[]): Buffer {
    const body = this.#packr.pack(fields);
    const bytes = Buffer.allocUnsafe(CHECKSUM_BYTES + body.length);
    bytes.writeUInt32BE(crc32(body));
    body.copy(bytes, CHECKSUM_BYTES);
    return bytes;
  }

  /** Throws if the bytes are not what `encode` wrote. */
  decode(bytes: Buffer): RecordFields {
    const body = this.bodyOf(bytes, bytes.length);
    if (body === undefined) throw new RangeError("the checksum does not match");
    const fields: unknown = this.#packr.unpack(body);
    if (!Array.isArray(fields)) throw new TypeError("expected an array");
    return new RecordFields(fields);
  }

  /** The packed fields in the first `length` bytes; `undefined` if the checksum does not match. */
  bodyOf(bytes: Uint8Array, length: number): Uint8Array | undefined {
    if (length < CHECKSUM_BYTES) return undefined;
    // Not `subarray`: a part of a Buffer is a Buffer, and so would be each field, which costs more than all else.
    const { buffer, byteOffset } = bytes;
    const body = new Uint8Array(buffer, byteOffset + CHECKSUM_BYTES, length - CHECKSUM_BYTES);
    return readUint32(bytes) === crc32(body) ? body : undefined;
  }
}

/** The fields of one decoded record, each read as what it has to be. */
export class RecordFields {
  readonly #fields: readonly unknown[];

  constructor(fields: readonly unknown[]) {
    this.#fields = fields;
  }

  number(index: number): number {
    const field = this.#fields[index];
    if (typeof field === "number") return field;
    throw new TypeError(`field ${index} is not a number`);
  }

  text(index: number): string {
    const field = this.#fields[index];
    if (typeof field === "string") return field;
    throw new TypeError(`field ${index} is not a text`);
  }

  textOrNone(index: number): string | undefined {
    return this.#fields[index] === null ? undefined : this.text(index);
  }

  scalar(index: number): boolean | number | string {
    const field = this.#fields[index];
    return typeof field === "boolean" || typeof field === "number" ? field : this.text(index);
  }

  bytes(index: number): Uint8Array {
    const field = this.#fields[index];
    if (field instanceof Uint8Array) return field;
    throw new TypeError(`field ${index} is not bytes`);
  }
}

/** The strings that `JSON.stringify` made one text of; throws unless there are `min` to `max`. */
export function decodeTexts(json: string, min: number, max: number): string[] {
  const texts: unknown = JSON.parse(json);
  if (!Array.isArray(texts) || texts.length < min || texts.length > max) {
    throw new TypeError(`expected ${min} to ${max} texts`);
  }
  return texts.map((text: unknown) => {
    if (typeof text === "string") return text;
    throw new TypeError("expected a text");
  });
}

function readUint32(bytes: Uint8Array): number {
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}
