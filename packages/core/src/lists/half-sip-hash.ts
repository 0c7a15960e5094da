/** Words of the state of two lanes: v0 to v3 of the first, then of the second. */
export const LANE_STATE_WORDS = 8;

/** HalfSipHash-2-4: rounds for each message word. */
export const WORD_ROUNDS = 2;
const FINAL_ROUNDS = 4;

/** Words of one lane, and the words of it that the end of the hash touches. */
const LANE = 4;
const V1 = 1;
const V2 = 2;
const V3 = 3;

/**
 * Starts two HalfSipHash lanes with 64-bit results in `state`: the first under `key[0, 2)`, the
 * second under `key[2, 4)`.
 */
export function startLanes(key: Int32Array, state: Int32Array): void {
  for (let lane = 0; lane < 2; lane++) {
    const k0 = key[lane * 2] ?? 0;
    const k1 = key[lane * 2 + 1] ?? 0;
    const at = lane * 4;
    state[at] = k0;
    state[at + 1] = k1 ^ 0xee;
    state[at + 2] = k0 ^ 0x6c79_6765;
    state[at + 3] = k1 ^ 0x7465_6462;
  }
}

/**
 * Absorbs `words[0, count)` into both lanes, `rounds` rounds a word.
 *
 * Absorbing one zero word is the bare permutation, which is how the end of the hash uses it.
 */
export function absorbWords(
  state: Int32Array,
  words: Int32Array,
  count: number,
  rounds: number,
): void {
  let a0 = state[0] ?? 0;
  let a1 = state[1] ?? 0;
  let a2 = state[2] ?? 0;
  let a3 = state[3] ?? 0;
  let b0 = state[4] ?? 0;
  let b1 = state[5] ?? 0;
  let b2 = state[6] ?? 0;
  let b3 = state[7] ?? 0;
  for (let i = 0; i < count; i++) {
    const word = words[i] ?? 0;
    a3 ^= word;
    b3 ^= word;
    // The lanes do not depend on each other: side by side the processor overlaps them.
    for (let round = 0; round < rounds; round++) {
      a0 = (a0 + a1) | 0;
      b0 = (b0 + b1) | 0;
      a1 = ((a1 << 5) | (a1 >>> 27)) ^ a0;
      b1 = ((b1 << 5) | (b1 >>> 27)) ^ b0;
      a0 = (a0 << 16) | (a0 >>> 16);
      b0 = (b0 << 16) | (b0 >>> 16);
      a2 = (a2 + a3) | 0;
      b2 = (b2 + b3) | 0;
      a3 = ((a3 << 8) | (a3 >>> 24)) ^ a2;
      b3 = ((b3 << 8) | (b3 >>> 24)) ^ b2;
      a0 = (a0 + a3) | 0;
      b0 = (b0 + b3) | 0;
      a3 = ((a3 << 7) | (a3 >>> 25)) ^ a0;
      b3 = ((b3 << 7) | (b3 >>> 25)) ^ b0;
      a2 = (a2 + a1) | 0;
      b2 = (b2 + b1) | 0;
      a1 = ((a1 << 13) | (a1 >>> 19)) ^ a2;
      b1 = ((b1 << 13) | (b1 >>> 19)) ^ b2;
      a2 = (a2 << 16) | (a2 >>> 16);
      b2 = (b2 << 16) | (b2 >>> 16);
    }
    a0 ^= word;
    b0 ^= word;
  }
  state[0] = a0;
  state[1] = a1;
  state[2] = a2;
  state[3] = a3;
  state[4] = b0;
  state[5] = b1;
  state[6] = b2;
  state[7] = b3;
}

/**
 * Writes the 64-bit results of both lanes to `out[offset, offset + 4)`, the first lane first.
 *
 * The last message word, with the byte count in its top byte, must have been absorbed. `scratch`
 * lends one word; `state` is spent.
 */
export function finishLanes(
  state: Int32Array,
  scratch: Int32Array,
  out: Int32Array,
  offset: number,
): void {
  scratch[0] = 0;
  for (let half = 0; half < 2; half++) {
    xorLanes(state, half === 0 ? V2 : V1, half === 0 ? 0xee : 0xdd);
    absorbWords(state, scratch, 1, FINAL_ROUNDS);
    out[offset + half] = (state[V1] ?? 0) ^ (state[V3] ?? 0);
    out[offset + 2 + half] = (state[LANE + V1] ?? 0) ^ (state[LANE + V3] ?? 0);
  }
}

function xorLanes(state: Int32Array, at: number, value: number): void {
  state[at] = (state[at] ?? 0) ^ value;
  state[LANE + at] = (state[LANE + at] ?? 0) ^ value;
}
