import type { Writable } from "node:stream";

/** Resolves when more may be written, or nothing will be taken any more. */
export function drained(to: Writable): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      to.off("drain", over).off("close", over);
      resolve();
    };
    to.on("drain", over).on("close", over);
  });
}
