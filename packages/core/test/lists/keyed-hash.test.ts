import { bytesPerCall } from "@portcullis/testkit/hot-path";
import { assert, nat, property, string } from "fast-check";
import { describe, expect, test } from "vitest";

import {
  absorbWords,
  finishLanes,
  startLanes,
  WORD_ROUNDS,
} from "../../src/lists/half-sip-hash.ts";
import { compileHashKey, hashAddress, hashIdentifier } from "../../src/lists/keyed-hash.ts";
import { HashKeyLengthError } from "../../src/lists/lists-error.ts";

const KEY_BYTES = Uint8Array.from({ length: 16 }, (_, i) => i);
const key = compileHashKey(KEY_BYTES);

interface Identifier {
  readonly kind: number;
  readonly name: string;
  readonly value: string;
}

const cookie: Identifier = { kind: 1, name: "JSESSIONID", value: "ad233edqsd1d23redwefew" };

function hashOf({ kind, name, value }: Identifier, withKey = key): string {
  const out = new Int32Array(4);
  hashIdentifier(withKey, kind, name, value, out, 0);
  return hexOf(out);
}

function hexOf(words: Int32Array): string {
  return Array.from(words, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

/** HalfSipHash-2-4 with a 64-bit result, written from its description over bytes and BigInt. */
function halfSipHash(k0: bigint, k1: bigint, message: Uint8Array): readonly bigint[] {
  const mask = 0xffff_ffffn;
  const rotl = (x: bigint, by: bigint) => ((x << by) | (x >> (32n - by))) & mask;
  let v0 = k0;
  let v1 = k1 ^ 0xeen;
  let v2 = k0 ^ 0x6c79_6765n;
  let v3 = k1 ^ 0x7465_6462n;
  const round = () => {
    v0 = (v0 + v1) & mask;
    v1 = rotl(v1, 5n) ^ v0;
    v0 = rotl(v0, 16n);
    v2 = (v2 + v3) & mask;
    v3 = rotl(v3, 8n) ^ v2;
    v0 = (v0 + v3) & mask;
    v3 = rotl(v3, 7n) ^ v0;
    v2 = (v2 + v1) & mask;
    v1 = rotl(v1, 13n) ^ v2;
    v2 = rotl(v2, 16n);
  };
  const rounds = (count: number) => {
    for (let i = 0; i < count; i++) round();
  };
  const padded = new Uint8Array((message.length & ~3) + 4);
  padded.set(message);
  padded[padded.length - 1] = message.length & 0xff;
  const view = new DataView(padded.buffer);
  for (let at = 0; at < padded.length; at += 4) {
    const word = BigInt(view.getUint32(at, true));
    v3 ^= word;
    rounds(2);
    v0 ^= word;
  }
  v2 ^= 0xeen;
  rounds(4);
  const low = v1 ^ v3;
  v1 ^= 0xddn;
  rounds(4);
  return [low, v1 ^ v3];
}

/** The documented message of an identifier, as bytes. */
function messageOf({ kind, name, value }: Identifier): Uint8Array {
  const isWide = /[^\0-\xff]/.test(`${name}${value}`);
  const pack = (text: string) => {
    const bytes: number[] = [];
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      bytes.push(code & 0xff);
      if (isWide) bytes.push(code >> 8);
    }
    while (bytes.length % 4 !== 0) bytes.push(0);
    return bytes;
  };
  const header = new DataView(new ArrayBuffer(12));
  header.setInt32(0, (kind << 2) | (isWide ? 1 : 0), true);
  header.setInt32(4, name.length, true);
  header.setInt32(8, value.length, true);
  return Uint8Array.from([...new Uint8Array(header.buffer), ...pack(name), ...pack(value)]);
}

function referenceHash(identifier: Identifier): string {
  const view = new DataView(KEY_BYTES.buffer);
  const k = [0, 4, 8, 12].map((at) => BigInt(view.getUint32(at, true)));
  const message = messageOf(identifier);
  const lanes = [
    ...halfSipHash(k[0] ?? 0n, k[1] ?? 0n, message),
    ...halfSipHash(k[2] ?? 0n, k[3] ?? 0n, message),
  ];
  return lanes.map((word) => word.toString(16).padStart(8, "0")).join("");
}

describe("the HalfSipHash lanes", () => {
  // The published answers for key 00 01 .. 07 and message 00 01 02 .. of whole words, as two little-endian words.
  test.for([
    { name: "no bytes", words: 0, want: [0x591f_8d21, 0xc83c_b8b9] },
    { name: "4 bytes", words: 1, want: [0x178a_e7d5, 0xa12e_e55b] },
    { name: "8 bytes", words: 2, want: [0x20e8_feed, 0x8c85_e4bc] },
    { name: "16 bytes", words: 4, want: [0xd2aa_3673, 0xb5f3_7b5f] },
    { name: "60 bytes", words: 15, want: [0x9028_76d6, 0x60e4_26bf] },
  ])("give the published answer for $name", ({ words, want }) => {
    const message = new Int32Array(words + 1);
    for (let i = 0; i < words; i++) message[i] = 0x0302_0100 + i * 0x0404_0404;
    message[words] = words << 26;
    const state = new Int32Array(8);
    const out = new Int32Array(4);
    const half = [0x0302_0100, 0x0706_0504];
    startLanes(Int32Array.from([...half, ...half]), state);
    absorbWords(state, message, words + 1, WORD_ROUNDS);
    finishLanes(state, message, out, 0);
    expect(Array.from(out, (word) => word >>> 0)).toEqual([...want, ...want]);
  });

  test("agree with a second implementation on any identifier", () => {
    const text = string({ unit: "binary", maxLength: 60 });
    assert(
      property(nat(4), text, text, (kind, name, value) => {
        expect(hashOf({ kind, name, value })).toBe(referenceHash({ kind, name, value }));
      }),
    );
  });

  test.for([
    { name: "one character below a block", length: 1011 },
    { name: "a block exactly", length: 1012 },
    { name: "one character past a block", length: 1013 },
    { name: "several blocks", length: 9000 },
  ])("agree with a second implementation on $name", ({ length }) => {
    for (const unit of ["x", "\u0416"]) {
      const identifier = { kind: 0, name: "", value: unit.repeat(length) };
      expect(hashOf(identifier)).toBe(referenceHash(identifier));
    }
  });
});

describe("two identifiers do not share a hash", () => {
  test.for([
    { name: "another kind", left: cookie, right: { ...cookie, kind: 3 } },
    {
      name: "a character moved from the value to the name",
      left: { kind: 1, name: "a", value: "bc" },
      right: { kind: 1, name: "ab", value: "c" },
    },
    {
      name: "a whole word moved from the value to the name",
      left: { kind: 1, name: "abcd", value: "efghijkl" },
      right: { kind: 1, name: "abcdefgh", value: "ijkl" },
    },
    { name: "a NUL at the end", left: cookie, right: { ...cookie, value: `${cookie.value}\0` } },
    {
      name: "NULs up to a whole word",
      left: { ...cookie, value: "abc" },
      right: { ...cookie, value: "abc\0" },
    },
    {
      name: "a name of nothing and one of a NUL",
      left: { kind: 1, name: "", value: "x" },
      right: { kind: 1, name: "\0", value: "x" },
    },
    {
      name: "a wide string and the latin1 string of the same bytes",
      left: { kind: 0, name: "", value: "\u0416\u0416" },
      right: { kind: 0, name: "", value: "\u0016\u0004\u0016\u0004" },
    },
    {
      name: "a wide character and its low byte",
      left: { kind: 0, name: "", value: "\u0161dmin" },
      right: { kind: 0, name: "", value: "admin" },
    },
    {
      name: "lengths that differ by 256 bytes",
      left: { kind: 0, name: "", value: "\0".repeat(16) },
      right: { kind: 0, name: "", value: "\0".repeat(272) },
    },
    {
      name: "two lone surrogates",
      left: { kind: 4, name: "", value: "\ud800" },
      right: { kind: 4, name: "", value: "\udc00" },
    },
  ])("$name", ({ left, right }) => {
    expect(hashOf(left)).not.toBe(hashOf(right));
  });

  test("in any word, over a hundred thousand counted values", () => {
    const halves = [new Set<string>(), new Set<string>()];
    for (let i = 0; i < 100_000; i++) {
      const hex = hashOf({ kind: 0, name: "", value: `user${i}` });
      halves[0]?.add(hex.slice(0, 16));
      halves[1]?.add(hex.slice(16));
    }
    expect(halves.map((half) => half.size)).toEqual([100_000, 100_000]);
  });
});

test.for([
  { name: "one bit of the value", other: { ...cookie, value: "ad233edqsd1d23redwefev" } },
  { name: "one bit of the name", other: { ...cookie, name: "JSESSIONIE" } },
  { name: "the kind", other: { ...cookie, kind: 0 } },
])("changing $name changes about half of the 128 bits", ({ other }) => {
  // One pair lies within 64 +- 6 standard deviations of 5.7 bits for any sound hash.
  const flipped = BigInt(`0x${hashOf(cookie)}`) ^ BigInt(`0x${hashOf(other)}`);
  const bits = flipped.toString(2).replaceAll("0", "").length;
  expect(bits).toBeGreaterThan(30);
  expect(bits).toBeLessThan(98);
});

test("every byte of the key changes the hash", () => {
  const seen = new Set([hashOf(cookie)]);
  for (let i = 0; i < 16; i++) {
    const bytes = KEY_BYTES.slice();
    bytes[i] = 0xaa;
    seen.add(hashOf(cookie, compileHashKey(bytes)));
  }
  expect(seen.size).toBe(17);
});

test("the key is copied, and may be a view into a larger buffer", () => {
  const bytes = Uint8Array.from([99, ...KEY_BYTES, 99]);
  const compiled = compileHashKey(bytes.subarray(1, 17));
  bytes.fill(0);
  expect(hashOf(cookie, compiled)).toBe(hashOf(cookie));
});

test.for([0, 15, 17, 32])("a key of %i bytes is refused", (length) => {
  expect(() => compileHashKey(new Uint8Array(length))).toThrow(HashKeyLengthError);
});

function rangeHash(words: Uint32Array, prefix: number): string {
  const out = new Int32Array(4);
  hashAddress(key, words, prefix, out, 0);
  return hexOf(out);
}

describe("the hash of a range", () => {
  const address = Uint32Array.of(0x2001_0db8, 0, 0, 1);
  test("ignores the bits past the prefix", () => {
    for (let prefix = 0; prefix < 128; prefix++) {
      const other = address.slice();
      other[prefix >> 5] = (other[prefix >> 5] ?? 0) ^ (1 << (31 - (prefix & 31)));
      expect(rangeHash(other, prefix)).toBe(rangeHash(address, prefix));
      expect(rangeHash(other, prefix + 1)).not.toBe(rangeHash(address, prefix + 1));
    }
  });

  test("differs for every prefix of the zero address", () => {
    const zero = new Uint32Array(4);
    const seen = new Set(Array.from({ length: 129 }, (_, prefix) => rangeHash(zero, prefix)));
    expect(seen.size).toBe(129);
  });

  test("is none that an identifier with the same words could have", () => {
    const words = Int32Array.of((128 << 2) | 2, 0x2001_0db8, 0, 0, 1);
    const text = Array.from(new Uint8Array(words.buffer), (byte) => String.fromCharCode(byte));
    const out = new Int32Array(4);
    for (let kind = 0; kind < 5; kind++) {
      hashIdentifier(key, kind, "", text.slice(12).join(""), out, 0);
      expect(hexOf(out)).not.toBe(rangeHash(address, 128));
    }
  });
});

test.for([
  { name: "12 characters", value: "x".repeat(12) },
  { name: "120 characters", value: "x".repeat(120) },
  { name: "wide characters", value: "\u0416".repeat(12) },
])("hashing $name allocates nothing", ({ value }) => {
  const out = new Int32Array(4);
  expect(bytesPerCall(() => hashIdentifier(key, 0, "", value, out, 0))).toBeLessThan(4);
});
