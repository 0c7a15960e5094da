// npm test: installs, builds what tests run on, and runs every test.
import { install, pnpm } from "./setup.mjs";

install();
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
