import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { CASES } from "./cases.ts";
import { checkBudgets, readBudgets } from "./check-budgets.ts";
import type { CaseResult, RunLength } from "./report/case-result.ts";
import { describeSetUp } from "./report/set-up.ts";
import { writeResults } from "./report/write-results.ts";

const RESULTS = fileURLToPath(new URL("../results", import.meta.url));
const RUN_CASE = fileURLToPath(new URL("run-case.js", import.meta.url));
/** For `bytesPerCall`. */
const FLAGS = ["--expose-gc", "--min-semi-space-size=64"];

process.exitCode = await main();

async function main(): Promise<number> {
  const parsed = readArguments(process.argv.slice(2));
  if (typeof parsed === "string") {
    process.stderr.write(`${parsed}\n`);
    return 2;
  }
  const { isChecked, length, names } = parsed;
  const setUp = { ...describeSetUp(), run: length };
  const { failed, results } = await runCases(names, length);
  const markdown = writeResults(RESULTS, setUp, results);
  process.stdout.write(`${markdown}\nwritten to ${RESULTS}\n`);
  for (const name of failed) process.stderr.write(`${name} failed: see above\n`);
  const holdsBudgets = !isChecked || reportBudgets(results);
  return failed.length === 0 && holdsBudgets ? 0 : 1;
}

interface Arguments {
  readonly names: readonly string[];
  readonly length: RunLength;
  readonly isChecked: boolean;
}

/** What was asked for, or what is wrong with it. */
function readArguments(given: readonly string[]): Arguments | string {
  try {
    const { positionals, values } = parseArgs({
      args: [...given],
      allowPositionals: true,
      options: { full: { type: "boolean" }, check: { type: "boolean" } },
    });
    const unknown = positionals.find((name) => !CASES.has(name));
    if (unknown !== undefined) {
      return `no case ${unknown}: expected ${[...CASES.keys()].join(", ")}`;
    }
    return {
      names: positionals.length > 0 ? positionals : [...CASES.keys()],
      length: values.full === true ? "full" : "short",
      isChecked: values.check === true,
    };
  } catch (error) {
    return error instanceof Error ? error.message : "expected [--full] [--check] [CASE...]";
  }
}

/** Runs the cases one after the other: one that fails is named, the others go on. */
async function runCases(
  names: readonly string[],
  length: RunLength,
): Promise<{ results: CaseResult[]; failed: string[] }> {
  const results: CaseResult[] = [];
  const failed: string[] = [];
  for (const name of names) {
    try {
      const startedAt = performance.now();
      results.push(await runCase(name, length));
      const seconds = (performance.now() - startedAt) / 1000;
      process.stderr.write(`${name}: done in ${seconds.toFixed(0)} s\n`);
    } catch {
      failed.push(name);
    }
  }
  return { results, failed };
}

/** Runs one case in a process of its own. */
async function runCase(name: string, length: RunLength): Promise<CaseResult> {
  const directory = mkdtempSync(join(tmpdir(), "portcullis-bench-"));
  try {
    const file = join(directory, "result.json");
    const parameters = [...FLAGS, RUN_CASE, name, length, file];
    await finished(spawn(process.execPath, parameters, { stdio: "inherit" }));
    // Written by `run-case` of this same build, which has the declared shape.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JSON keeps no types
    return JSON.parse(readFileSync(file, "utf8")) as CaseResult;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Whether all budgets hold. */
function reportBudgets(results: readonly CaseResult[]): boolean {
  const { broken, passed, unchecked } = checkBudgets(readBudgets(), results);
  for (const line of passed) process.stdout.write(`budget holds: ${line}\n`);
  for (const line of unchecked) process.stdout.write(`budget not checked: ${line}\n`);
  for (const line of broken) process.stderr.write(`budget broken: ${line}\n`);
  return broken.length === 0;
}

function finished(child: ReturnType<typeof spawn>): Promise<void> {
  return new Promise((resolve, reject) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => child.kill(signal));
    }
    child.on("error", reject);
    child.on("exit", (code) => {
      if (code === 0) resolve();
      else reject(new TypeError(`the case ended with ${code ?? "a signal"}`));
    });
  });
}
