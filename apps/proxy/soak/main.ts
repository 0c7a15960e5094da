import { cleanUp } from "../test/support/cleanup.ts";
import { renderReport } from "./report.ts";
import { soak } from "./soak.ts";

const DEFAULT_SECONDS = 600;

const [argument = String(DEFAULT_SECONDS)] = process.argv.slice(2);
const seconds = Number(argument);
if (!Number.isInteger(seconds) || seconds < 10 || seconds > 86_400) {
  process.stderr.write(`pnpm soak [SECONDS]: expected 10 to 86400 seconds, got ${argument}\n`);
  process.exit(2);
}
try {
  const result = await soak(seconds);
  process.stdout.write(renderReport(result));
  process.exitCode = result.problems.length === 0 ? 0 : 1;
} finally {
  await cleanUp();
}
