import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { describe, expect, test } from "vitest";

const run = promisify(execFile);
const PROGRAM = fileURLToPath(new URL("support/nursery-sizes.mjs", import.meta.url));

/** MiB of the first thread's nursery and of a later one's, as `support/nursery-sizes.mjs` says. */
async function nurseries(nodeOptions: readonly string[], ...more: string[]): Promise<number[]> {
  const { stdout } = await run(process.execPath, [...nodeOptions, PROGRAM, ...more]);
  return stdout.split(" ").map(Number);
}

describe("nurseries after much work", () => {
  test("the first thread's stays as it is, and that of a later thread is 16 MiB", async () => {
    await expect(nurseries([])).resolves.toEqual([2, 16]);
  });

  test("by itself V8 lets both grow to 32 MiB or more", async () => {
    const sizes = await nurseries([], "as-v8-does-it");
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(32);
  });

  test.each(["--max-semi-space-size=2", "--max_semi_space_size=2"])(
    "who starts node with %s has that",
    async (option) => {
      await expect(nurseries([option])).resolves.toEqual([4, 4]);
    },
  );
});
