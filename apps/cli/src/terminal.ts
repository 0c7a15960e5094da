import type { Readable } from "node:stream";

/** What a command reads from: `process.stdin`, or a stream in tests. */
export interface Input extends Readable {
  readonly isTTY?: boolean | undefined;
  setRawMode?(raw: boolean): unknown;
}

/** Where a command writes. */
export interface Output {
  write(text: string): unknown;
}

/** The outside of a command: everything it reads, writes and asks. */
export interface Terminal {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly fetch: typeof fetch;
  readonly env: Readonly<Record<string, string | undefined>>;
}
