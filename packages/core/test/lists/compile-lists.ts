import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const packageDir = fileURLToPath(new URL("../..", import.meta.url));

/** The lists of this very source as JavaScript in a folder of its own, for threads to import. */
export interface CompiledLists {
  readonly url: string;
  remove(): void;
}

/** Compiles `src/lists` afresh, so that no thread ever runs an older build. */
export function compileLists(): CompiledLists {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-lists-"));
  writeFileSync(join(folder, "package.json"), `{"type":"module"}`);
  const typescript = dirname(fileURLToPath(import.meta.resolve("typescript/package.json")));
  const switches = "--ignoreConfig --noCheck --rewriteRelativeImportExtensions";
  const target = "--target es2023 --module nodenext --types";
  const flags = [...switches.split(" "), ...target.split(" "), ""];
  flags.push("--rootDir", join(packageDir, "src"), "--outDir", folder);
  const entry = join(packageDir, "src", "lists", "client-lists.ts");
  execFileSync(process.execPath, [join(typescript, "bin", "tsc"), ...flags, entry]);
  return {
    url: pathToFileURL(folder).href,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
