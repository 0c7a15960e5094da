import { type AddressWords, type DenialScope, hashAddress, type HashKey } from "@portcullis/core";

/** A power of two: 640 KiB. */
const SLOTS = 16_384;
/** Places that one address may be in. */
const PROBES = 8;

// The words of a slot: whose it is, when its hour began, three counts of that hour, when its day
// began, and 128 bits for the identities of that day.
const HOUR_START = 1;
const UNPROVEN = 2;
const LISTED = 3;
const OFFENCES = 4;
const DAY_START = 5;
const BITS = 6;
const BIT_WORDS = 4;
const SLOT_WORDS = BITS + BIT_WORDS;

const HOUR = 3600;
const DAY = 86_400;
const HASH_WORDS = 4;

/**
 * What each address has done lately, by the network that a denial of it would cover: shared by all
 * threads, of a fixed size, without locks. Where more addresses are counted than a neighbourhood has
 * room for, the one that was counted anew longest ago is forgotten. Counts may be a little off where
 * two threads begin an hour at once; who shares a slot is a secret of the installation.
 */
export class AddressRecords {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #key: HashKey;
  readonly #scope: DenialScope;
  readonly #hash = new Int32Array(HASH_WORDS);

  /** Attaches to `buffer`, or makes a new one. */
  constructor(key: HashKey, scope: DenialScope, buffer?: SharedArrayBuffer) {
    this.#key = key;
    this.#scope = scope;
    this.buffer =
      buffer ?? new SharedArrayBuffer(SLOTS * SLOT_WORDS * Int32Array.BYTES_PER_ELEMENT);
    this.#words = new Int32Array(this.buffer);
  }

  /** Counts an offence with an identity that was never seen to succeed; how many in this hour. */
  countUnproven(address: AddressWords, nowSeconds: number): number {
    return this.#count(address, UNPROVEN, nowSeconds);
  }

  /** Counts an identity that is listed for what the address did; how many in this hour. */
  countListed(address: AddressWords, nowSeconds: number): number {
    return this.#count(address, LISTED, nowSeconds);
  }

  /** Counts an offence that only the address could be blamed for; how many in this hour. */
  countOffence(address: AddressWords, nowSeconds: number): number {
    return this.#count(address, OFFENCES, nowSeconds);
  }

  /** Takes note that an identity, by some bits of its hash, has succeeded from the address. */
  noteIdentity(address: AddressWords, hash: number, nowSeconds: number): void {
    const at = this.#slotOf(address, nowSeconds);
    const words = this.#words;
    if (isOver(Atomics.load(words, at + DAY_START), DAY, nowSeconds)) {
      for (let i = 0; i < BIT_WORDS; i++) Atomics.store(words, at + BITS + i, 0);
      Atomics.store(words, at + DAY_START, nowSeconds);
    }
    Atomics.or(words, at + BITS + ((hash >>> 5) & (BIT_WORDS - 1)), 1 << (hash & 31));
  }

  /**
   * How many identities have succeeded from the address in its day, at least: two may share a bit, so
   * that of 128 or more some are not told apart.
   */
  identities(address: AddressWords, nowSeconds: number): number {
    const at = this.#slotOf(address, nowSeconds);
    const words = this.#words;
    if (isOver(Atomics.load(words, at + DAY_START), DAY, nowSeconds)) return 0;
    let bits = 0;
    for (let i = 0; i < BIT_WORDS; i++) bits += bitsIn(Atomics.load(words, at + BITS + i));
    return bits;
  }

  #count(address: AddressWords, field: number, nowSeconds: number): number {
    const at = this.#slotOf(address, nowSeconds);
    const words = this.#words;
    const start = Atomics.load(words, at + HOUR_START);
    const isAnew =
      isOver(start, HOUR, nowSeconds) &&
      Atomics.compareExchange(words, at + HOUR_START, start, nowSeconds) === start;
    if (isAnew) {
      for (let count = UNPROVEN; count <= OFFENCES; count++) Atomics.store(words, at + count, 0);
    }
    return Atomics.add(words, at + field, 1) + 1;
  }

  #slotOf(address: AddressWords, nowSeconds: number): number {
    hashAddress(this.#key, address, this.#scope.prefixOf(address), this.#hash, 0);
    const tag = (this.#hash[0] ?? 0) | 1;
    const home = this.#hash[1] ?? 0;
    const words = this.#words;
    let victim = slotAt(home);
    for (let probe = 0; probe < PROBES; probe++) {
      const at = slotAt(home + probe);
      if (Atomics.load(words, at) === tag) return at;
      if (this.#lastStart(at) < this.#lastStart(victim)) victim = at;
    }
    for (let i = 1; i < SLOT_WORDS; i++) Atomics.store(words, victim + i, 0);
    Atomics.store(words, victim + HOUR_START, nowSeconds);
    Atomics.store(words, victim, tag);
    return victim;
  }

  #lastStart(at: number): number {
    const hour = Atomics.load(this.#words, at + HOUR_START) >>> 0;
    return Math.max(hour, Atomics.load(this.#words, at + DAY_START) >>> 0);
  }
}

function slotAt(index: number): number {
  return (index & (SLOTS - 1)) * SLOT_WORDS;
}

/** A period that begins in the future began before the clock was set back. */
function isOver(start: number, period: number, nowSeconds: number): boolean {
  const age = nowSeconds - (start >>> 0);
  return age >= period || age < 0;
}

function bitsIn(word: number): number {
  let left = word;
  let bits = 0;
  while (left !== 0) {
    left &= left - 1;
    bits++;
  }
  return bits;
}
