import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const packageDir = fileURLToPath(new URL("../..", import.meta.url));

/** This very source as JavaScript in a folder of its own, for threads to import. */
export interface CompiledServers {
  readonly url: string;
  remove(): void;
}

/** Compiles `src` afresh, so that no thread ever runs an older build. */
export function compileServers(): CompiledServers {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-upstream-"));
  writeFileSync(join(folder, "package.json"), `{"type":"module"}`);
  const typescript = dirname(fileURLToPath(import.meta.resolve("typescript/package.json")));
  const switches = "--ignoreConfig --noCheck --rewriteRelativeImportExtensions";
  const target = "--target es2023 --module nodenext --types";
  const flags = [...switches.split(" "), ...target.split(" "), ""];
  flags.push("--rootDir", join(packageDir, "src"), "--outDir", folder);
  const entry = join(packageDir, "src", "index.ts");
  execFileSync(process.execPath, [join(typescript, "bin", "tsc"), ...flags, entry]);
  return {
    url: pathToFileURL(folder).href,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
