import { type FileHandle, open } from "node:fs/promises";

import type { AccessRecord } from "./access-record.ts";
import { ClockText } from "./clock-text.ts";
import { LineBuffer } from "./line-buffer.ts";
import { writeAccessLine } from "./write-access-line.ts";

const FLUSH_AFTER_MS = 50;
/** A write wakes up another thread, and is told of when it is done: the fewer the better. */
const FLUSH_PAST_BYTES = 256 * 1024;
const LIMIT_BYTES = 4 * 1024 * 1024;
/** A buffer that a slow disk has made larger than this is not kept. */
const KEPT_BYTES = 512 * 1024;
const LINE_FEED = 0x0a;

/**
 * The access log of one thread: whole lines appended to a file that several threads may share.
 *
 * Never stops traffic: nothing throws, nothing blocks, memory is bounded. Lines that come while the
 * disk is full, gone or too slow are dropped and counted, and a line `{"time":...,"lost_lines":N}`
 * says so once writing works again. Each goes out in one write of whole lines with O_APPEND, which a
 * local file system does not interleave with other writers' lines.
 */
export class AccessLog {
  readonly #path: string;
  readonly #limit: number;
  readonly #clock = new ClockText();
  /** Lines are put together here, and those that are being written are in another buffer. */
  #lines = new LineBuffer();
  #spare: LineBuffer | undefined = undefined;
  #count = 0;
  #lostLines = 0;
  #timer: NodeJS.Timeout | undefined = undefined;
  #writing: Promise<void> | undefined = undefined;
  #file: FileHandle | undefined = undefined;
  #isReopenDue = false;
  #isClosed = false;

  /** The file is opened with mode 0600 at the first write; its directory has to be there. */
  constructor(path: string, limit: number = LIMIT_BYTES) {
    this.#path = path;
    this.#limit = limit;
  }

  /** Lines dropped and not yet owned up to in the log. */
  get lostLines(): number {
    return this.#lostLines;
  }

  /** Takes one request, to be written within 50 ms. Nothing of `record` is kept. */
  append(record: AccessRecord): void {
    const lines = this.#lines;
    const start = lines.length;
    if (!this.#isClosed && start < this.#limit) writeAccessLine(record, this.#clock, lines);
    if (lines.length === start || lines.length > this.#limit) {
      lines.length = start;
      this.#lostLines++;
      return;
    }
    this.#count++;
    if (lines.length >= FLUSH_PAST_BYTES) this.#start();
    else this.#timer ??= setTimeout(() => this.#start(), FLUSH_AFTER_MS).unref();
  }

  /** Resolves when every line appended so far is written or counted as lost. Never rejects. */
  async flush(): Promise<void> {
    do {
      this.#start();
      await this.#writing;
    } while (this.#lines.length > 0);
  }

  /** Goes on in a new file of the same name, after the old one was moved away. */
  reopen(): void {
    if (this.#isClosed) return;
    this.#isReopenDue = true;
    this.#start();
  }

  /** Writes what is left and lets go of the file. Later lines are dropped. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.flush();
    const file = this.#file;
    this.#file = undefined;
    await closeQuietly(file);
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // The write that runs goes on with them: without a timer, lines are due.
    this.#writing ??= this.#drain();
  }

  async #drain(): Promise<void> {
    // Let the caller go on first, so that not even opening the file happens inside `append`.
    await Promise.resolve();
    while (this.#isDue()) {
      const lines = this.#lines;
      const count = this.#count;
      this.#lines = this.#spare ?? new LineBuffer();
      this.#spare = undefined;
      this.#count = 0;
      const written = await this.#write(lines);
      this.#lostLines += count - (written === lines.length ? count : countLines(lines, written));
      lines.length = 0;
      if (lines.bytes.length <= KEPT_BYTES) this.#spare = lines;
    }
    this.#writing = undefined;
  }

  /**
   * Lines that came during a write wait for their own time. Written at once they would be few each time, and
   * under load one such write would follow the other without an end.
   */
  #isDue(): boolean {
    return (this.#lines.length > 0 && this.#timer === undefined) || this.#isReopenDue;
  }

  /** The number of bytes of `lines` that are in the file. */
  async #write({ bytes, length }: LineBuffer): Promise<number> {
    try {
      const file = await this.#current();
      if (length === 0) return 0;
      if (this.#lostLines > 0) await this.#confess(file);
      const { bytesWritten } = await file.write(bytes, 0, length);
      // A full disk takes half a line: end it, so that the next line stays whole.
      if (bytesWritten < length) await file.write("\n");
      return bytesWritten;
    } catch {
      return 0;
    }
  }

  async #confess(file: FileHandle): Promise<void> {
    const lost = this.#lostLines;
    const line = `{"time":"${new Date().toISOString()}","lost_lines":${lost}}\n`;
    const { bytesWritten } = await file.write(line, undefined, "latin1");
    if (bytesWritten === line.length) this.#lostLines -= lost;
    else await file.write("\n");
  }

  /** The open file. While a new one cannot be opened the old one serves. */
  async #current(): Promise<FileHandle> {
    const old = this.#file;
    if (old !== undefined && !this.#isReopenDue) return old;
    this.#isReopenDue = false;
    try {
      this.#file = await open(this.#path, "a", 0o600);
      await closeQuietly(old);
      return this.#file;
    } catch (error) {
      if (old === undefined) throw error;
      return old;
    }
  }
}

function countLines({ bytes }: LineBuffer, end: number): number {
  let lines = 0;
  for (let at = 0; at < end; at++) {
    if (bytes[at] === LINE_FEED) lines++;
  }
  return lines;
}

async function closeQuietly(file: FileHandle | undefined): Promise<void> {
  try {
    await file?.close();
  } catch {
    // What could be written is written; there is nobody to tell.
  }
}
