/** What is shorter is copied into memory of its own, which holds no more than it while a slow upstream has it. */
const LEAST_BYTES = 16 * 1024;
/** The most that uWebSockets.js reads at once. */
const BUFFER_BYTES = 512 * 1024;
/** So many are kept for the next pieces when nobody needs them. */
const MOST_FREE = 16;

/** A copy of a piece of a body, for as long as a socket needs it. */
interface BodyCopy {
  readonly bytes: Uint8Array;
  /** To be called by the socket when it is done; `undefined`: nobody needs to know. */
  readonly written: ((error?: Error | null) => void) | undefined;
}

/**
 * Copies pieces of bodies into buffers that are used again when sockets have written them.
 *
 * A fresh copy for each piece would be garbage in the gigabytes, which the collector lets lie for
 * long, because it hardly shows on the heap: an upload cost some 80 MB of memory that way. And memory
 * that was never written to costs several times the copy: uWebSockets.js 20.57 reads on past `pause`
 * while there is half a megabyte to be had, and who copies no faster than the client sends never ends.
 */
class BodyBuffers {
  private readonly free: BodyBuffer[] = [];
  private current: BodyBuffer | undefined = undefined;
  private isFilled = false;

  copy(chunk: Uint8Array): BodyCopy {
    if (chunk.length < LEAST_BYTES || chunk.length > BUFFER_BYTES) {
      // Not `slice`: that of a Buffer copies nothing.
      return { bytes: new Uint8Array(chunk), written: undefined };
    }
    if (this.current?.hasRoomFor(chunk.length) !== true) this.current = this.next();
    this.current.append(chunk);
    return this.current;
  }

  private next(): BodyBuffer {
    if (!this.isFilled) this.fill();
    return this.free.pop() ?? this.make();
  }

  private fill(): void {
    this.isFilled = true;
    while (this.free.length < MOST_FREE) {
      const buffer = this.make();
      buffer.touch();
      this.free.push(buffer);
    }
  }

  private make(): BodyBuffer {
    return new BodyBuffer((used) => this.takeBack(used));
  }

  /** The current one goes on from its beginning. */
  private takeBack(buffer: BodyBuffer): void {
    if (buffer !== this.current && this.free.length < MOST_FREE) this.free.push(buffer);
  }
}

/** Pieces one behind the other, and how many of them sockets still have. */
class BodyBuffer implements BodyCopy {
  /** The piece appended last. */
  bytes: Uint8Array;
  readonly written: (error?: Error | null) => void;
  private readonly memory: Uint8Array = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  private end = 0;
  private unwritten = 0;

  constructor(done: (buffer: BodyBuffer) => void) {
    this.bytes = this.memory;
    this.written = (error) => {
      // A socket that was closed may still be reading from it: then it is left to the collector.
      if (error !== undefined && error !== null) return;
      this.unwritten--;
      if (this.unwritten > 0) return;
      this.end = 0;
      done(this);
    };
  }

  hasRoomFor(length: number): boolean {
    return this.end + length <= BUFFER_BYTES;
  }

  append(chunk: Uint8Array): void {
    this.memory.set(chunk, this.end);
    this.bytes = this.memory.subarray(this.end, this.end + chunk.length);
    this.end += chunk.length;
    this.unwritten++;
  }

  /** Has the system give it memory. */
  touch(): void {
    this.memory.fill(0);
  }
}

/** Those of this thread: memory is its matter, whatever the number of its upstreams. */
export const BODY_BUFFERS: BodyBuffers = new BodyBuffers();
