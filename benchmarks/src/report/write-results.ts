import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { CaseResult } from "./case-result.ts";
import { renderMarkdown } from "./render-markdown.ts";
import { renderSvg } from "./render-svg.ts";
import type { SetUp } from "./set-up.ts";

/** Writes each case as JSON with its plots, and the whole run as `results.md`; returns the latter's text. */
export function writeResults(
  directory: string,
  setUp: SetUp,
  results: readonly CaseResult[],
): string {
  mkdirSync(directory, { recursive: true });
  for (const result of results) {
    const json = JSON.stringify({ setUp, ...result }, undefined, 2);
    writeFileSync(join(directory, `${result.name}.json`), `${json}\n`);
    for (const plot of result.plots ?? []) {
      writeFileSync(join(directory, `${plot.name}.svg`), renderSvg(plot));
    }
  }
  const markdown = renderMarkdown(setUp, results);
  writeFileSync(join(directory, "results.md"), markdown);
  return markdown;
}
