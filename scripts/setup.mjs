// Brings a checkout to the state in which anything can run: needs Node and npm, nothing else.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));

const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

/** Runs pnpm in the version that package.json pins, and shows its output only if it fails. */
export function pnpmQuietly(...args) {
  const { status, stdout, stderr } = run(args, "pipe");
  if (status === 0) return;
  process.stderr.write(`${stdout}${stderr}\npnpm ${args.join(" ")} failed\n`);
  process.exit(1);
}

/** Runs pnpm with its output where ours goes, and returns its exit code. */
export function pnpm(...args) {
  return run(args, "inherit").status ?? 1;
}

function run(args, stdio) {
  return spawnSync("npm", ["exec", "--yes", "--", manifest.packageManager, ...args], {
    cwd: ROOT,
    stdio,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    // npm's own settings for the script that runs would be read as ours by the npm started here.
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1", npm_config_update_notifier: "false" },
    shell: process.platform === "win32",
  });
}

/** Installs what the lockfile names. */
export function install() {
  pnpmQuietly("install", "--frozen-lockfile");
}
