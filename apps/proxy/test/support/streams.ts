/** A prime, so that no buffer size divides it: bytes that are lost, doubled or swapped show at once. */
const PERIOD = 1_000_003;

/** Twice the pattern, so that any piece of up to one period is one slice of it. */
const PATTERN: Buffer = makePattern();

/** The bytes of the endless test stream from `at` on, at most `length` and one period. */
export function streamSlice(at: number, length: number): Buffer {
  const from = at % PERIOD;
  return PATTERN.subarray(from, from + Math.min(length, PERIOD));
}

/** Compares what arrives with the test stream, and keeps none of it. */
export class StreamCheck {
  /** Bytes that have come so far. */
  length = 0;
  /** Whether every one of them was the right one. */
  isRight = true;

  take(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; from += PERIOD) {
      const piece = bytes.subarray(from, from + PERIOD);
      const expected = streamSlice(this.length + from, piece.length);
      if (Buffer.compare(piece, expected) !== 0) this.isRight = false;
    }
    this.length += bytes.length;
  }
}

function makePattern(): Buffer {
  const bytes = Buffer.alloc(2 * PERIOD);
  let state = 1;
  for (let i = 0; i < PERIOD; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    bytes[i] = state >>> 24;
  }
  bytes.copyWithin(PERIOD, 0, PERIOD);
  return bytes;
}
