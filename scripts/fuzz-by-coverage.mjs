// scripts/on-debian-13.sh node scripts/fuzz-by-coverage.mjs [MINUTES]: libFuzzer, by Jazzer.js, on the parsers of `core` and
// `upstream`, led by which branches a case reaches; so many minutes for each target (1). Jazzer.js is built for glibc 2.38
// and later and is not among this project's dependencies: npm fetches the version below.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

import { install, pnpmQuietly, ROOT } from "./setup.mjs";

const JAZZER = "@jazzer.js/core@4.0.0";
const TARGETS = join(ROOT, "scripts", "fuzz-targets");

const minutes = Number(process.argv[2] ?? 1);
if (!(minutes > 0)) {
  process.stderr.write(`expected minutes above 0, got ${process.argv[2]}\n`);
  process.exit(2);
}
install();
pnpmQuietly("exec", "turbo", "run", "build", "--output-logs=errors-only");
const work = mkdtempSync(join(tmpdir(), "portcullis-fuzz-"));
const results = readdirSync(TARGETS).map((target) => fuzz(target));
if (results.every(Boolean)) rmSync(work, { recursive: true });
else process.exitCode = 1;

/** Fuzzes one target; `false` if a case fails, which libFuzzer leaves in the working directory. */
function fuzz(target) {
  const corpus = mkdtempSync(join(work, `${basename(target, ".mjs")}-`));
  const limits = [
    `-max_total_time=${Math.ceil(minutes * 60)}`,
    "-max_len=1024",
    `-artifact_prefix=${work}/`,
  ];
  const { status, stdout, stderr } = spawnSync(
    "npm",
    [
      "exec",
      "--yes",
      `--package=${JAZZER}`,
      "--",
      "jazzer",
      join(TARGETS, target),
      "--sync",
    ].concat(["-i", "packages/core/dist", "-i", "packages/upstream/dist", "--", corpus, ...limits]),
    { cwd: ROOT, encoding: "utf8", maxBuffer: 256 * 1024 * 1024 },
  );
  const runs = /Done (\d+) runs/.exec(`${stdout}${stderr}`)?.[1] ?? "no";
  const found = readdirSync(corpus).length;
  process.stdout.write(`${target}: ${runs} cases, ${found} of them reached something new\n`);
  if (status === 0) return true;
  process.stdout.write(`${stdout}${stderr}\nsee ${work}\n`);
  return false;
}
