import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

import { MANIFEST_URL } from "./manifest-url.ts";
import type { ReadFiles } from "./read-files.ts";

const READER = fileURLToPath(new URL("bundle/reader.js", MANIFEST_URL));

/**
 * What `readFiles` says of a directory, found out by a process that ends with it: what reads YAML and checks settings
 * takes 4 MiB, and is not needed again. In a thread of this process some of it would be left behind.
 *
 * That this process fails is one more problem of the configuration; it says more on standard error.
 */
export function readFilesApart(directory: string): Promise<ReadFiles> {
  return new Promise((resolve) => {
    // Without the arguments of node: the source condition of a test runner is not for built files.
    const reader = fork(READER, [directory], { serialization: "advanced", execArgv: [] });
    const failed = (how: string): void =>
      resolve({ ok: false, problems: [`${directory}: cannot be read: ${how}`] });
    // The reader is the same program: what it sends has the declared shape.
    reader.once("message", (read: ReadFiles) => resolve(read));
    reader.once("error", ({ message }) => failed(message));
    // Comes last, and is no news behind an answer.
    reader.once("close", (code, signal) => failed(`its reader ended with ${signal ?? code}`));
  });
}
