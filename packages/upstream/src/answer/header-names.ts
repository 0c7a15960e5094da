import { LOWER_TOKEN } from "./byte-classes.ts";

/** What the parser itself must understand; every other name is `OTHER`. */
export const NameKind = {
  OTHER: 0,
  /** Concerns this connection only, and is dropped. */
  HOP: 1,
  CONNECTION: 2,
  CONTENT_LENGTH: 3,
  TRANSFER_ENCODING: 4,
  /** Concerns this connection only, and says how long the upstream keeps it. */
  KEEP_ALIVE: 5,
} as const;

/** A header name in lower case, shared by every answer that carries it. */
export interface HeaderName {
  readonly lower: string;
  readonly kind: number;
  readonly hash: number;
}

const SLOTS = 1024;
const PROBES = 4;
const MAX_LEARNED_LENGTH = 64;

/** Hash of the empty name; `hashNameByte` extends it. */
export const NAME_HASH_SEED = 0x1505;

/** Adds one lower-case byte to a name's hash. */
export function hashNameByte(hash: number, lower: number): number {
  return (Math.imul(hash, 31) + lower) | 0;
}

/**
 * The header names seen so far, so that a name costs a look-up instead of two new strings.
 *
 * Bounded in entries, in bytes and in probes: an upstream that invents names only makes its own
 * answers slower. The names that the parser must understand are there from the start and stay.
 */
export class HeaderNames {
  private readonly slots: (HeaderName | undefined)[] = Array.from({ length: SLOTS });

  constructor() {
    for (const name of ["proxy-connection", "te", "trailer", "upgrade"]) {
      this.learnText(name, NameKind.HOP);
    }
    this.learnText("connection", NameKind.CONNECTION);
    this.learnText("keep-alive", NameKind.KEEP_ALIVE);
    this.learnText("content-length", NameKind.CONTENT_LENGTH);
    this.learnText("transfer-encoding", NameKind.TRANSFER_ENCODING);
  }

  /** The entry for the name in `bytes[start, end)`, whose bytes are all token bytes. */
  find(bytes: Uint8Array, start: number, end: number, hash: number): HeaderName {
    for (let probe = 0; probe < PROBES; probe++) {
      const slot = (hash + probe) & (SLOTS - 1);
      const entry = this.slots[slot];
      if (entry === undefined) return this.learn(bytes, start, end, hash, slot);
      if (entry.hash === hash && isName(entry.lower, bytes, start, end)) return entry;
    }
    return { lower: lowerText(bytes, start, end), kind: NameKind.OTHER, hash };
  }

  private learn(
    bytes: Uint8Array,
    start: number,
    end: number,
    hash: number,
    slot: number,
  ): HeaderName {
    const entry = { lower: lowerText(bytes, start, end), kind: NameKind.OTHER, hash };
    if (end - start <= MAX_LEARNED_LENGTH) this.slots[slot] = entry;
    return entry;
  }

  private learnText(lower: string, kind: number): void {
    let hash = NAME_HASH_SEED;
    for (let i = 0; i < lower.length; i++) hash = hashNameByte(hash, lower.charCodeAt(i));
    for (let probe = 0; probe < PROBES; probe++) {
      const slot = (hash + probe) & (SLOTS - 1);
      if (this.slots[slot] === undefined) {
        this.slots[slot] = { lower, kind, hash };
        return;
      }
    }
    // Unreachable with the names above; if one is added that does not fit, nothing may start.
    throw new RangeError(`no slot for the header name ${lower}`);
  }
}

/** Whether `bytes[start, end)` is the name `lower`, in any case. */
export function isName(lower: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (lower.length !== end - start) return false;
  for (let i = 0; i < lower.length; i++) {
    if (lower.charCodeAt(i) !== LOWER_TOKEN[bytes[start + i] ?? 0]) return false;
  }
  return true;
}

function lowerText(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let i = start; i < end; i++) text += String.fromCharCode(LOWER_TOKEN[bytes[i] ?? 0] ?? 0);
  return text;
}
