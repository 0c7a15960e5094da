// npm test: installs, builds what tests run on, and runs every test.
import { install, pnpm, pnpmQuietly } from "./setup.mjs";

install();
// Not left to the tests' own dependencies: with `--only` they have none.
pnpmQuietly("exec", "turbo", "run", "build", "--output-logs=errors-only");
process.exitCode = pnpm(
  "exec",
  "turbo",
  "run",
  "test",
  "--output-logs=new-only",
  // Suites that measure time and memory must not drown in each other.
  "--concurrency=2",
  ...process.argv.slice(2),
);
