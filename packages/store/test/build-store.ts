import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const PACKAGE = dirname(dirname(fileURLToPath(import.meta.url)));

/** The store as JavaScript, for processes of their own that are killed. */
export interface BuiltStore {
  readonly url: string;
  readonly remove: () => void;
}

/** Compiles the source as it is now; what lies in `dist` may be older. */
export function buildStore(): BuiltStore {
  // Inside of node_modules, so that it finds lmdb and nothing tracks it.
  const directory = mkdtempSync(join(PACKAGE, "node_modules", ".built-store-"));
  const compiler = join(PACKAGE, "node_modules", "typescript", "bin", "tsc");
  const off = ["declaration", "declarationMap", "isolatedDeclarations", "sourceMap"];
  const flags = off.flatMap((option) => [`--${option}`, "false"]);
  const args = ["-p", "tsconfig.build.json", "--outDir", directory, "--noCheck", ...flags];
  execFileSync(process.execPath, [compiler, ...args], { cwd: PACKAGE });
  return {
    url: pathToFileURL(join(directory, "index.js")).href,
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
