import {
  allocateLists,
  ClientLists,
  compileHashKey,
  DENY_MASK,
  denyFlag,
  type HashKey,
  hashIdentifier,
  KEY_WORDS,
  type ListBuffers,
} from "@portcullis/core";

const TOKEN_KIND = 0;

/** Lists in shared memory with a number of entries on them. */
export class FilledLists {
  readonly key: HashKey = compileHashKey(new Uint8Array(16).fill(7));
  readonly buffers: ListBuffers;
  readonly lists: ClientLists;

  /** `entries` tokens are on the deny list: `filler0`, `filler1` and so on. There is room for `more`. */
  constructor(entries: number, more: number) {
    this.buffers = allocateLists(entries + more);
    this.lists = attachLists(this.key, this.buffers);
    const keys = new Int32Array(KEY_WORDS);
    for (let index = 0; index < entries; index++) {
      hashIdentifier(this.key, TOKEN_KIND, "", `filler${index}`, keys, 0);
      this.add(keys);
    }
  }

  /** Denies a hashed identifier. */
  add(keys: Int32Array): void {
    const outcome = this.lists.add(keys, 0, denyFlag("manual"), 0, 0);
    if (outcome !== "added") throw new TypeError(`an entry was ${outcome}`);
  }

  /** Shared memory per entry. */
  bytesPerEntry(entries: number): number {
    return bytesOf(this.buffers) / entries;
  }
}

/** The shared memory that lists take. */
export function bytesOf({ control, parts }: ListBuffers): number {
  return parts.reduce((sum, part) => sum + part.byteLength, control.byteLength);
}

/** One thread's view of lists. */
export function attachLists(key: HashKey, buffers: ListBuffers): ClientLists {
  return new ClientLists({ key, buffers, writerId: 1, replaced: () => undefined });
}

/** Whether flags deny. */
export function isDenied(flags: number): boolean {
  return (flags & DENY_MASK) !== 0;
}
