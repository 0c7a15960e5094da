/** What is shorter is copied into memory of its own, which is cheaper than a buffer that is mostly empty. */
const LEAST_BYTES = 16 * 1024;
/** The most that uWebSockets.js reads at once. */
const BUFFER_BYTES = 512 * 1024;
/** So many are kept for the next piece when nobody needs them. */
const MOST_FREE = 4;

/** A copy of a piece of a body, for as long as a socket needs it. */
interface BodyCopy {
  readonly bytes: Uint8Array;
  /** To be called by the socket when it is done; `undefined`: nobody needs to know. */
  readonly written: ((error?: Error | null) => void) | undefined;
}

/**
 * Copies pieces of bodies into buffers that are used again when a socket has written them.
 *
 * A fresh copy for each piece would be garbage in the gigabytes, which the collector lets lie for
 * long, because it hardly shows on the heap: an upload cost some 80 MB of memory that way.
 */
class BodyBuffers {
  private readonly free: BodyBuffer[] = [];

  copy(chunk: Uint8Array): BodyCopy {
    if (chunk.length < LEAST_BYTES || chunk.length > BUFFER_BYTES) {
      // Not `slice`: that of a Buffer copies nothing.
      return { bytes: new Uint8Array(chunk), written: undefined };
    }
    const buffer = this.free.pop() ?? new BodyBuffer((used) => this.takeBack(used));
    return buffer.hold(chunk);
  }

  private takeBack(buffer: BodyBuffer): void {
    if (this.free.length < MOST_FREE) this.free.push(buffer);
  }
}

class BodyBuffer implements BodyCopy {
  bytes: Uint8Array;
  readonly written: (error?: Error | null) => void;
  private readonly memory: Uint8Array = Buffer.allocUnsafeSlow(BUFFER_BYTES);

  constructor(done: (buffer: BodyBuffer) => void) {
    this.bytes = this.memory;
    this.written = (error) => {
      // A socket that was closed may still be reading from it: then it is left to the collector.
      if (error === undefined || error === null) done(this);
    };
  }

  hold(chunk: Uint8Array): this {
    this.memory.set(chunk);
    this.bytes = this.memory.subarray(0, chunk.length);
    return this;
  }
}

/** Those of this thread: memory is its matter, whatever the number of its upstreams. */
export const BODY_BUFFERS: BodyBuffers = new BodyBuffers();
