import {
  BAD_CHUNK_END,
  BAD_CHUNK_SIZE,
  BAD_TRAILER,
  CHUNK_EXTENSION_TOO_LARGE,
  type UpstreamFault,
} from "../fault.ts";
import {
  BACKSLASH,
  COLON,
  CR,
  EQUALS,
  HEX_PLUS_ONE,
  IS_VALUE,
  LF,
  LOWER_TOKEN,
  QUOTE,
  SEMICOLON,
} from "./byte-classes.ts";

const Phase = {
  SIZE: 0,
  EXTENSION_START: 1,
  EXTENSION_NAME: 2,
  EXTENSION_VALUE_START: 3,
  EXTENSION_VALUE: 4,
  EXTENSION_QUOTED: 5,
  EXTENSION_QUOTED_PAIR: 6,
  EXTENSION_QUOTED_END: 7,
  SIZE_LINE_FEED: 8,
  DATA: 9,
  DATA_RETURN: 10,
  DATA_LINE_FEED: 11,
  TRAILER_START: 12,
  TRAILER_NAME: 13,
  TRAILER_VALUE: 14,
  TRAILER_LINE_FEED: 15,
  LAST_LINE_FEED: 16,
  DONE: 17,
  FAULTY: 18,
} as const;

/** 14 hexadecimal digits hold 2^53 - 1; leading zeros count, they have no use. */
const MAX_SIZE_DIGITS = 14;
/** For one body, whatever the number of chunks. */
const MAX_EXTENSION_BYTES = 16 * 1024;
const MAX_TRAILER_BYTES = 16 * 1024;

/** What says how long a message is must not stand in a trailer (RFC 9110, 6.5.1). */
const FRAMING_NAMES = ["content-length", "transfer-encoding"].map((name) => Buffer.from(name));
const ALL_FRAMING_NAMES = (1 << FRAMING_NAMES.length) - 1;

/**
 * Decodes a chunked body (RFC 9112, 7.1) in place, stopping and going on between any two bytes.
 *
 * The data of all chunks in one buffer is moved together, so that a buffer yields one piece
 * however finely the upstream cut its chunks. Extensions and trailers are checked and dropped;
 * a trailer that would frame the body anew is a fault.
 */
export class ChunkedDecoder {
  /** Why decoding stopped for good. */
  fault: UpstreamFault | undefined = undefined;
  /** The data found by the last `decode` is `bytes[dataStart, dataEnd)`. */
  dataStart = 0;
  dataEnd = 0;

  private phase: number = Phase.SIZE;
  private size = 0;
  private sizeDigits = 0;
  private extensionBytes = 0;
  private trailerBytes = 0;
  private trailerNameBytes = 0;
  /** A bit for each framing name that the trailer's name may still become. */
  private framingNames = ALL_FRAMING_NAMES;

  get isDone(): boolean {
    return this.phase === Phase.DONE;
  }

  /** Forgets the last body. */
  restart(): void {
    this.fault = undefined;
    this.dataStart = 0;
    this.dataEnd = 0;
    this.phase = Phase.SIZE;
    this.size = 0;
    this.sizeDigits = 0;
    this.extensionBytes = 0;
    this.trailerBytes = 0;
    this.trailerNameBytes = 0;
  }

  /**
   * Decodes `bytes[from, end)`, overwriting framing with data. Returns where it stopped: behind the
   * body if `isDone`, anywhere if `fault` is set, else `end`.
   */
  decode(bytes: Uint8Array, from: number, end: number): number {
    this.dataStart = from;
    this.dataEnd = from;
    let at = from;
    while (at < end && this.phase < Phase.DONE) {
      if (this.phase === Phase.DATA) {
        at = this.takeData(bytes, at, end);
      } else {
        const byte = bytes[at] ?? 0;
        if (this.phase < Phase.SIZE_LINE_FEED) this.takeSizeLine(byte);
        else if (this.phase < Phase.TRAILER_START) this.takeFraming(byte);
        else this.takeTrailer(byte);
        at++;
      }
    }
    return at;
  }

  private takeData(bytes: Uint8Array, at: number, end: number): number {
    const length = Math.min(this.size, end - at);
    if (this.dataEnd === this.dataStart) {
      this.dataStart = at;
      this.dataEnd = at;
    } else {
      bytes.copyWithin(this.dataEnd, at, at + length);
    }
    this.dataEnd += length;
    this.size -= length;
    if (this.size === 0) this.phase = Phase.DATA_RETURN;
    return at + length;
  }

  private takeSizeLine(byte: number): void {
    if (this.phase === Phase.SIZE) {
      this.takeSize(byte);
      return;
    }
    this.extensionBytes++;
    if (this.extensionBytes > MAX_EXTENSION_BYTES) this.fail(CHUNK_EXTENSION_TOO_LARGE);
    else if (this.phase < Phase.EXTENSION_QUOTED) this.takeExtension(byte);
    else this.takeQuoted(byte);
  }

  private takeFraming(byte: number): void {
    switch (this.phase) {
      case Phase.SIZE_LINE_FEED:
        if (byte !== LF) this.fail(BAD_CHUNK_SIZE);
        else this.phase = this.size === 0 ? Phase.TRAILER_START : Phase.DATA;
        break;
      case Phase.DATA_RETURN:
        if (byte === CR) this.phase = Phase.DATA_LINE_FEED;
        else this.fail(BAD_CHUNK_END);
        break;
      default:
        if (byte !== LF) this.fail(BAD_CHUNK_END);
        else this.startSize();
    }
  }

  private startSize(): void {
    this.phase = Phase.SIZE;
    this.sizeDigits = 0;
  }

  private takeSize(byte: number): void {
    const digit = (HEX_PLUS_ONE[byte] ?? 0) - 1;
    if (digit >= 0) {
      this.size = this.size * 16 + digit;
      this.sizeDigits++;
      const tooBig = this.sizeDigits > MAX_SIZE_DIGITS || this.size > Number.MAX_SAFE_INTEGER;
      if (tooBig) this.fail(BAD_CHUNK_SIZE);
    } else if (this.sizeDigits === 0) {
      this.fail(BAD_CHUNK_SIZE);
    } else if (byte === CR) {
      this.phase = Phase.SIZE_LINE_FEED;
    } else if (byte === SEMICOLON) {
      this.phase = Phase.EXTENSION_START;
    } else {
      this.fail(BAD_CHUNK_SIZE);
    }
  }

  /** RFC 9112, 7.1.1, without the white space that it has recipients endure: llhttp endures none either. */
  private takeExtension(byte: number): void {
    const { phase } = this;
    if (LOWER_TOKEN[byte] !== 0) {
      if (phase === Phase.EXTENSION_START) this.phase = Phase.EXTENSION_NAME;
      else if (phase === Phase.EXTENSION_VALUE_START) this.phase = Phase.EXTENSION_VALUE;
    } else if (phase === Phase.EXTENSION_START) {
      this.fail(BAD_CHUNK_SIZE);
    } else if (phase === Phase.EXTENSION_VALUE_START) {
      if (byte === QUOTE) this.phase = Phase.EXTENSION_QUOTED;
      else this.fail(BAD_CHUNK_SIZE);
    } else if (byte === EQUALS && phase === Phase.EXTENSION_NAME) {
      this.phase = Phase.EXTENSION_VALUE_START;
    } else {
      this.endExtension(byte);
    }
  }

  private takeQuoted(byte: number): void {
    if (this.phase === Phase.EXTENSION_QUOTED_END) this.endExtension(byte);
    else if (IS_VALUE[byte] !== 1) this.fail(BAD_CHUNK_SIZE);
    else if (this.phase === Phase.EXTENSION_QUOTED_PAIR) this.phase = Phase.EXTENSION_QUOTED;
    else if (byte === BACKSLASH) this.phase = Phase.EXTENSION_QUOTED_PAIR;
    else if (byte === QUOTE) this.phase = Phase.EXTENSION_QUOTED_END;
  }

  private endExtension(byte: number): void {
    if (byte === SEMICOLON) this.phase = Phase.EXTENSION_START;
    else if (byte === CR) this.phase = Phase.SIZE_LINE_FEED;
    else this.fail(BAD_CHUNK_SIZE);
  }

  private takeTrailer(byte: number): void {
    this.trailerBytes++;
    if (this.trailerBytes > MAX_TRAILER_BYTES) {
      this.fail(BAD_TRAILER);
      return;
    }
    switch (this.phase) {
      case Phase.TRAILER_START:
        this.trailerNameBytes = 0;
        this.framingNames = ALL_FRAMING_NAMES;
        if (byte === CR) this.phase = Phase.LAST_LINE_FEED;
        else this.takeTrailerName(byte);
        break;
      case Phase.TRAILER_NAME:
        this.takeTrailerName(byte);
        break;
      case Phase.TRAILER_VALUE:
        if (byte === CR) this.phase = Phase.TRAILER_LINE_FEED;
        else if (IS_VALUE[byte] !== 1) this.fail(BAD_TRAILER);
        break;
      default:
        this.takeLineFeed(byte);
    }
  }

  private takeTrailerName(byte: number): void {
    const lower = LOWER_TOKEN[byte] ?? 0;
    if (lower !== 0) {
      this.compareWithFramingNames(lower);
      this.trailerNameBytes++;
      this.phase = Phase.TRAILER_NAME;
    } else if (byte === COLON && this.trailerNameBytes > 0 && !this.isFramingName()) {
      this.phase = Phase.TRAILER_VALUE;
    } else {
      this.fail(BAD_TRAILER);
    }
  }

  private compareWithFramingNames(lower: number): void {
    for (let i = 0; i < FRAMING_NAMES.length; i++) {
      if (FRAMING_NAMES[i]?.[this.trailerNameBytes] !== lower) this.framingNames &= ~(1 << i);
    }
  }

  private isFramingName(): boolean {
    for (let i = 0; i < FRAMING_NAMES.length; i++) {
      const isWhole = FRAMING_NAMES[i]?.length === this.trailerNameBytes;
      if (isWhole && (this.framingNames & (1 << i)) !== 0) return true;
    }
    return false;
  }

  private takeLineFeed(byte: number): void {
    if (byte !== LF) this.fail(BAD_TRAILER);
    else if (this.phase === Phase.LAST_LINE_FEED) this.phase = Phase.DONE;
    else this.phase = Phase.TRAILER_START;
  }

  private fail(fault: UpstreamFault): void {
    this.fault = fault;
    this.phase = Phase.FAULTY;
  }
}
