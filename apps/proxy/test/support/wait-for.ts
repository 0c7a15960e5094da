import { setTimeout as pause } from "node:timers/promises";

const LOOK_AGAIN_MS = 5;

/** Resolves as soon as `holds`; rejects, naming `what` was waited for, when the time is up. */
export async function waitFor(
  what: string,
  holds: () => boolean | Promise<boolean>,
  limitMs: number = 10_000,
): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited ${limitMs} ms in vain for: ${what}`);
    await pause(LOOK_AGAIN_MS);
  }
}
