import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { atEnd } from "../../support/cleanup.ts";
import { cleanEnvironment } from "../../support/proxy-process.ts";
import { waitFor } from "../../support/wait-for.ts";

/** Where the programs of `programs/package.json` are, if they have been installed. */
export const PROGRAMS: string = fileURLToPath(new URL("../../../../../programs/", import.meta.url));

/** Whether a test can run, and what stands behind its title if not. */
export interface Presence {
  readonly isAbsent: boolean;
  readonly reason: string;
}

/** Whether a command is there. `install`: what to do about it if not. */
export function presenceOf(command: string, install: string): Presence {
  const isAbsent = spawnSync(command, ["--version"], { stdio: "ignore" }).error !== undefined;
  return presence(isAbsent, `${command} is not installed: ${install}`);
}

/** Whether the packages of `programs/package.json` are there. */
export function presenceOfPackages(): Presence {
  const isAbsent = !existsSync(join(PROGRAMS, "node_modules"));
  return presence(isAbsent, "not installed: pnpm install --dir programs");
}

export function presence(isAbsent: boolean, why: string): Presence {
  return { isAbsent, reason: isAbsent ? ` (skipped: ${why})` : "" };
}

/** How a program ended, and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
}

/** Runs a program to its end. */
export function runProgram(
  command: string,
  args: readonly string[],
  { cwd, env, input }: RunOptions = {},
): Promise<Ended> {
  const child = launch(command, args, cwd, env);
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (bytes: Buffer) => (stdout += bytes.toString("latin1")));
  child.stderr?.on("data", (bytes: Buffer) => (stderr += bytes.toString("latin1")));
  child.stdin?.end(input ?? "");
  return new Promise((resolve) => {
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** Starts a server and resolves when it takes connections on `port`. */
export async function startServer(
  command: string,
  args: readonly string[],
  port: number,
  { cwd, env }: RunOptions = {},
): Promise<void> {
  const child = launch(command, args, cwd, env);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (bytes: Buffer) => (said = (said + bytes.toString("latin1")).slice(-4000)));
  }
  await waitFor(
    `${command} to listen`,
    async () => {
      if (child.exitCode !== null) throw new Error(`${command} ended: ${said}`);
      return isListening(port);
    },
    90_000,
  );
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await waitFor("a free port", () => server.listening);
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function isListening(port: number): Promise<boolean> {
  try {
    await fetch(`http://127.0.0.1:${port}/`, { method: "HEAD" });
    return true;
  } catch {
    return false;
  }
}

function launch(
  command: string,
  args: readonly string[],
  cwd: string | undefined,
  env: NodeJS.ProcessEnv = {},
): ChildProcess {
  const child = spawn(command, args, {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...cleanEnvironment(), ...env },
    ...(cwd !== undefined && { cwd }),
  });
  atEnd(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const closed = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGKILL");
    await closed;
  });
  return child;
}
