import { readFilesApart } from "./read-files-apart.ts";
import { SAMPLE_CONFIGURATION } from "./sample-paths.ts";

/** `--check-config`: names every problem; exit code 0 if there is none, 1 otherwise. */
export async function checkConfiguration(
  directory: string = SAMPLE_CONFIGURATION,
): Promise<number> {
  const read = await readFilesApart(directory);
  if (!read.ok) {
    process.stderr.write(`${read.problems.join("\n")}\n`);
    return 1;
  }
  for (const warning of read.warnings) process.stderr.write(`warning: ${warning}\n`);
  process.stdout.write(`${directory}: ${read.files.length} API definitions, no problems\n`);
  return 0;
}
