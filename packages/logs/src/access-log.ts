import { type FileHandle, open } from "node:fs/promises";

const FLUSH_AFTER_MS = 50;
const FLUSH_PAST_CHARACTERS = 64 * 1024;
const BUFFER_LIMIT_CHARACTERS = 4 * 1024 * 1024;
const LINE_FEED = "\n";

/**
 * The access log of one thread: whole lines appended to a file that several threads may share.
 *
 * Never stops traffic: nothing throws, nothing blocks, memory is bounded. Lines that come while the
 * disk is full, gone or too slow are dropped and counted, and a line `{"time":...,"lost_lines":N}`
 * says so once writing works again. Lines must be ASCII and end with a line feed, as
 * `formatAccessLine` makes them: then each goes out in one write of whole lines with O_APPEND, which
 * a local file system does not interleave with other writers' lines.
 */
export class AccessLog {
  readonly #path: string;
  readonly #limit: number;
  #buffer = "";
  #bufferedLines = 0;
  #lostLines = 0;
  #timer: NodeJS.Timeout | undefined = undefined;
  #writing: Promise<void> | undefined = undefined;
  #file: FileHandle | undefined = undefined;
  #isReopenDue = false;
  #isClosed = false;

  /** The file is opened with mode 0600 at the first write; its directory has to be there. */
  constructor(path: string, limit: number = BUFFER_LIMIT_CHARACTERS) {
    this.#path = path;
    this.#limit = limit;
  }

  /** Lines dropped and not yet owned up to in the log. */
  get lostLines(): number {
    return this.#lostLines;
  }

  /** Takes one line, to be written within 50 ms. */
  append(line: string): void {
    if (this.#isClosed || this.#buffer.length + line.length > this.#limit) {
      this.#lostLines++;
      return;
    }
    this.#buffer += line;
    this.#bufferedLines++;
    if (this.#buffer.length >= FLUSH_PAST_CHARACTERS) this.#start();
    else this.#timer ??= setTimeout(() => this.#start(), FLUSH_AFTER_MS).unref();
  }

  /** Resolves when every line appended so far is written or counted as lost. Never rejects. */
  async flush(): Promise<void> {
    do {
      this.#start();
      await this.#writing;
    } while (this.#buffer !== "");
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
    // Lines that come meanwhile are taken by the write that runs.
    this.#writing ??= this.#drain();
  }

  async #drain(): Promise<void> {
    // Let the caller go on first, so that not even opening the file happens inside `append`.
    await Promise.resolve();
    while (this.#buffer !== "" || this.#isReopenDue) {
      const chunk = this.#buffer;
      const lines = this.#bufferedLines;
      this.#buffer = "";
      this.#bufferedLines = 0;
      const written = await this.#write(chunk);
      this.#lostLines += lines - (written === chunk.length ? lines : countLines(chunk, written));
    }
    this.#writing = undefined;
  }

  /** The number of characters of `chunk` that are in the file. */
  async #write(chunk: string): Promise<number> {
    try {
      const file = await this.#current();
      if (chunk === "") return 0;
      if (this.#lostLines > 0) await this.#confess(file);
      const { bytesWritten } = await file.write(chunk, undefined, "latin1");
      // A full disk takes half a line: end it, so that the next line stays whole.
      if (bytesWritten < chunk.length) await file.write(LINE_FEED);
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
    else await file.write(LINE_FEED);
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

function countLines(text: string, end: number): number {
  let lines = 0;
  for (
    let at = text.indexOf(LINE_FEED);
    at !== -1 && at < end;
    at = text.indexOf(LINE_FEED, at + 1)
  ) {
    lines++;
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
