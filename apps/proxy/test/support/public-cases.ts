import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The third-party test sets. They are not part of the repository. */
const folder = join(dirname(repositoryRoot()), "shared", "testdata");

/** Whether the sets are missing, so that what needs them is skipped. */
export const isAbsent: boolean = !existsSync(folder);
/** Behind a title: why its tests are skipped. */
export const reason: string = isAbsent
  ? " (skipped: ../shared/testdata is not beside this checkout)"
  : "";

/** The rows of a file of one JSON value a line; none where the sets are absent. */
export function readRows(file: string) {
  if (isAbsent) return [];
  const lines = readFileSync(join(folder, file), "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line));
}

/** The nearest folder above this file that holds the workspace. */
function repositoryRoot(): string {
  let root = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(root, "pnpm-workspace.yaml"))) {
    const parent = dirname(root);
    if (parent === root) throw new Error("this file lies outside of the repository");
    root = parent;
  }
  return root;
}
