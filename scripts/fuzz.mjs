// pnpm fuzz [MINUTES]: every fuzz suite in turn, with new seeds each time, until the time is over (5 minutes). Ends
// at the first failure, and shows its seed and the least case that fails. `npm test` runs the same suites once, shorter.
import { spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";

import { install, pnpmQuietly, ROOT } from "./setup.mjs";

/** `runs`: of each property; chosen so that a suite takes about a minute. */
const SUITES = [
  { folder: "packages/core", tests: "test/fuzz", runs: 50_000 },
  { folder: "packages/token-pool", tests: "test/decode-claims.property.test.ts", runs: 200_000 },
  { folder: "packages/upstream", tests: "test/answer-fuzz.test.ts", runs: 30_000 },
  { folder: "apps/proxy", tests: "test/fuzz-wire.test.ts", runs: 6000 },
];

const minutes = Number(process.argv[2] ?? 5);
if (!(minutes > 0)) {
  process.stderr.write(`pnpm fuzz [MINUTES]: expected a number above 0, got ${process.argv[2]}\n`);
  process.exit(2);
}
install();
pnpmQuietly("exec", "turbo", "run", "build", "--output-logs=errors-only");

const until = Date.now() + minutes * 60_000;
for (let round = 0; round === 0 || Date.now() < until; round++) {
  for (const suite of SUITES) run(suite);
}

function run({ folder, tests, runs }) {
  const startedAt = Date.now();
  const vitest = `${ROOT}${folder}/node_modules/vitest/vitest.mjs`;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [vitest, "run", tests, "--testTimeout=3600000"],
    {
      cwd: `${ROOT}${folder}`,
      encoding: "utf8",
      maxBuffer: 256 * 1024 * 1024,
      env: {
        ...process.env,
        PORTCULLIS_FUZZ_RUNS: String(runs),
        PORTCULLIS_FUZZ_CASES: String(runs),
        PORTCULLIS_FUZZ_SEED: String(randomInt(2 ** 31)),
      },
    },
  );
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  process.stdout.write(`${folder}: ${runs} cases of each property, ${seconds} s\n`);
  if (status === 0) return;
  process.stdout.write(`${stdout}${stderr}`);
  process.exit(1);
}
