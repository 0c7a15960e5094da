import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { CASES } from "./cases.ts";
import { type CaseResult } from "./report/case-result.ts";
import { describeSetUp } from "./report/set-up.ts";
import { writeResults } from "./report/write-results.ts";

const RESULTS = fileURLToPath(new URL("../results", import.meta.url));
const RUN_CASE = fileURLToPath(new URL("run-case.js", import.meta.url));
/** For `bytesPerCall`. */
const FLAGS = ["--expose-gc", "--min-semi-space-size=64"];

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !CASES.has(name));
if (unknown === undefined) {
  process.exitCode = await runCases(wanted.length > 0 ? wanted : [...CASES.keys()]);
} else {
  process.stderr.write(`no case ${unknown}: expected ${[...CASES.keys()].join(", ")}\n`);
  process.exitCode = 2;
}

/** Runs the cases one after the other and returns the exit code: one that fails is named, the others go on. */
async function runCases(names: readonly string[]): Promise<number> {
  const setUp = describeSetUp();
  const results: CaseResult[] = [];
  const failed: string[] = [];
  for (const name of names) {
    try {
      results.push(await runCase(name));
    } catch {
      failed.push(name);
    }
  }
  process.stdout.write(`${writeResults(RESULTS, setUp, results)}\nwritten to ${RESULTS}\n`);
  for (const name of failed) process.stderr.write(`${name} failed: see above\n`);
  return failed.length === 0 ? 0 : 1;
}

/** Runs one case in a process of its own. */
async function runCase(name: string): Promise<CaseResult> {
  const directory = mkdtempSync(join(tmpdir(), "portcullis-bench-"));
  try {
    const file = join(directory, "result.json");
    await finished(spawn(process.execPath, [...FLAGS, RUN_CASE, name, file], { stdio: "inherit" }));
    // Written by `run-case` of this same build, which has the declared shape.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JSON keeps no types
    return JSON.parse(readFileSync(file, "utf8")) as CaseResult;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
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
