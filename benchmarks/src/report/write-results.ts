import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { type CaseResult } from "./case-result.ts";
import { renderMarkdown } from "./render-markdown.ts";
import { type SetUp } from "./set-up.ts";

/** Writes each case as JSON and the whole run as `results.md`; returns the latter's text. */
export function writeResults(
  directory: string,
  setUp: SetUp,
  results: readonly CaseResult[],
): string {
  mkdirSync(directory, { recursive: true });
  for (const result of results) {
    const json = JSON.stringify({ setUp, ...result }, undefined, 2);
    writeFileSync(join(directory, `${result.name}.json`), `${json}\n`);
  }
  const markdown = renderMarkdown(setUp, results);
  writeFileSync(join(directory, "results.md"), markdown);
  return markdown;
}
