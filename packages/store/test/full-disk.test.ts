import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { type BuiltStore, buildStore } from "./build-store.ts";
import { freshDirectory, openTestStore } from "./fixtures.ts";

describe("a full disk", () => {
  let built: BuiltStore;
  beforeAll(() => {
    built = buildStore();
  });
  afterAll(() => built.remove());

  test("rejects the write, keeps what was acknowledged, and goes on reading", () => {
    const directory = freshDirectory();
    const filler = fileURLToPath(new URL("fill-disk.mjs", import.meta.url));
    // A file may not grow past 400 KiB in this shell: what a full disk does, to this process only.
    const script = `ulimit -f 800; exec "$0" "$1" "$2" "$3"`;
    const { stdout, signal } = spawnSync(
      "sh",
      ["-c", script, process.execPath, filler, built.url, directory],
      { encoding: "utf8" },
    );
    expect(signal).toBeNull();
    const { code, acknowledged, readable } = JSON.parse(stdout);
    expect(code).toBe("ERR_STORE_WRITE");
    expect(acknowledged).toBeGreaterThan(0);
    expect(readable).toBe(acknowledged);
    const store = openTestStore(directory);
    expect(store.lists.count("deny", "method")).toBe(acknowledged);
    expect([...store.lists.entries()]).toHaveLength(acknowledged);
  });
});
