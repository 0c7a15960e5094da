import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from "node:crypto";

import type { ClientIdentifier } from "@portcullis/core";

import { StoreKeyError } from "./errors.ts";
import { listedName, listedValue } from "./listed-name.ts";

const KEY_BYTES = 32;
const SALT_BYTES = 16;
const COUNTER_BYTES = 6;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const BODY_START = SALT_BYTES + COUNTER_BYTES;
/** An identity's bytes: half a SHA-256. */
export const IDENTITY_BYTES = 16;
const SHOWN_BYTES = 8;

/**
 * Keeps values from whoever reads the disk: seals what must be shown again, hashes what need not.
 *
 * AES-256-GCM allows 2^32 random nonces a key, and an attack log under fire writes that many in a
 * week. So every sealer draws a salt, derives its own key from it and counts its nonces; the salt
 * travels with each value. A directory restored from a backup draws another salt, so no nonce repeats.
 */
export class Sealer {
  readonly #installation: KeyObject;
  readonly #identityKey: KeyObject;
  readonly #salt = randomBytes(SALT_BYTES);
  readonly #keys = new Map<string, KeyObject>();
  readonly #sealingKey: KeyObject;
  #counter = 0;

  constructor(key: Uint8Array) {
    if (key.length !== KEY_BYTES) {
      throw new StoreKeyError(`expected a key of ${KEY_BYTES} bytes, got ${key.length}`);
    }
    this.#installation = createSecretKey(key);
    this.#identityKey = this.#derive(Buffer.alloc(0), "portcullis store identity");
    this.#sealingKey = this.#keyFor(this.#salt);
  }

  /** Seals `text`; it opens only together with the same `context`. */
  seal(text: string, context: Uint8Array): Buffer {
    const head = Buffer.allocUnsafe(BODY_START);
    this.#salt.copy(head);
    head.writeUIntBE(this.#counter++, SALT_BYTES, COUNTER_BYTES);
    const cipher = createCipheriv("aes-256-gcm", this.#sealingKey, nonceOf(head), {
      authTagLength: TAG_BYTES,
    });
    cipher.setAAD(context);
    const body = cipher.update(text, "utf8");
    const rest = cipher.final();
    return Buffer.concat([head, body, rest, cipher.getAuthTag()]);
  }

  /** The sealed text. Throws if a bit of it, the context or the key is another. */
  unseal(sealed: Uint8Array, context: Uint8Array): string {
    const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
    const bodyEnd = bytes.length - TAG_BYTES;
    if (bodyEnd < BODY_START) throw new RangeError("a sealed value is too short");
    const key = this.#keyFor(bytes.subarray(0, SALT_BYTES));
    const decipher = createDecipheriv("aes-256-gcm", key, nonceOf(bytes), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(context);
    decipher.setAuthTag(bytes.subarray(bodyEnd));
    const body = decipher.update(bytes.subarray(BODY_START, bodyEnd));
    return Buffer.concat([body, decipher.final()]).toString("utf8");
  }

  /** A keyed hash of the identifier: equal for equal ones, and nothing to anybody else. */
  identityOf(identifier: ClientIdentifier): Buffer {
    const { kind } = identifier;
    const name = listedName(identifier);
    const value = listedValue(identifier);
    // The length keeps (a, bc) apart from (ab, c); UTF-16 keeps unpaired surrogates apart.
    const framed = Buffer.from(`${kind}\n${name.length}\n${name}${value}`, "utf16le");
    const digest = createHmac("sha256", this.#identityKey).update(framed).digest();
    return digest.subarray(0, IDENTITY_BYTES);
  }

  /** How a value that is not kept shows in listings. */
  hashedValueOf(identifier: ClientIdentifier): string {
    return `sha256:${this.identityOf(identifier).toString("hex", 0, SHOWN_BYTES)}`;
  }

  #keyFor(salt: Buffer): KeyObject {
    const id = salt.toString("latin1");
    const known = this.#keys.get(id);
    if (known !== undefined) return known;
    const key = this.#derive(salt, "portcullis store values");
    this.#keys.set(id, key);
    return key;
  }

  #derive(salt: Buffer, purpose: string): KeyObject {
    const bytes = hkdfSync("sha256", this.#installation, salt, purpose, KEY_BYTES);
    return createSecretKey(Buffer.from(bytes));
  }
}

/** The counter with zeros in front of it. */
function nonceOf(head: Buffer): Buffer {
  const nonce = Buffer.alloc(IV_BYTES);
  head.copy(nonce, IV_BYTES - COUNTER_BYTES, SALT_BYTES, BODY_START);
  return nonce;
}
