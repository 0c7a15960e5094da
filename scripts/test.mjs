// npm test: installs, builds what tests run on, and runs every test.
import { install, pnpm } from "./setup.mjs";

install();
process.exitCode = pnpm(
  "exec",
  "turbo",
  "run",
  "test",
  "--output-logs=new-only",
  ...process.argv.slice(2),
);
