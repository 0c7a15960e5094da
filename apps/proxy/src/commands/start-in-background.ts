import { type ChildProcess, fork } from "node:child_process";
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { prepareState, StateLockedError, stateOwner } from "@portcullis/config";

import { allocatorSettings } from "../allocator.ts";
import { openLogDirectory } from "../control/log-directory.ts";
import { VERSION } from "./help.ts";
import { MANIFEST_URL } from "./manifest-url.ts";
import { messageOf } from "./message-of.ts";
import { readFilesApart } from "./read-files-apart.ts";
import { READY } from "./ready.ts";
import { SAMPLE_CONFIGURATION } from "./sample-paths.ts";
import { stateDirectory } from "./state-directory.ts";

const MAIN = fileURLToPath(new URL("bundle/main.js", MANIFEST_URL));

/**
 * `--background`: starts the proxy as a process of its own, and returns when it takes requests. What
 * it says goes to `portcullis.log` beside the other logs.
 *
 * Returns the exit code: 1 if it could not start, and then standard error says why.
 */
export async function startInBackground(
  config: string | undefined,
  state: string | undefined,
): Promise<number> {
  const read = await readFilesApart(resolve(config ?? SAMPLE_CONFIGURATION));
  if (!read.ok) return failed(read.problems.join("\n"));
  for (const warning of read.warnings) process.stderr.write(`warning: ${warning}\n`);
  let directory: string;
  let log: string;
  let output: number;
  try {
    directory = takeable(stateDirectory(state));
    log = join(openLogDirectory(read.settings.logs, directory), "portcullis.log");
    output = openSync(log, "a", 0o600);
  } catch (error) {
    return failed(`portcullis-proxy: ${messageOf(error)}`);
  }
  process.stdout.write(`Starting Portcullis ${VERSION}...\nplease see ${log} for more details\n`);
  const { size } = fstatSync(output);
  const child = fork(MAIN, [...optionOf("config", config), "--state", directory], {
    detached: true,
    env: { ...allocatorSettings(read.settings.edges), ...process.env },
    stdio: ["ignore", output, output, "ipc"],
  });
  closeSync(output);
  if (!(await isReady(child))) {
    const said = readFileSync(log).subarray(size).toString("utf8").trimEnd();
    return failed(said === "" ? "portcullis-proxy: it ended without a word" : said);
  }
  process.stdout.write(`Portcullis started, process ${child.pid}\n`);
  child.disconnect();
  child.unref();
  return 0;
}

/** The state directory, made ready. Throws a `StateError` if it cannot be used, or another proxy does. */
function takeable(path: string): string {
  const directory = prepareState(path);
  const owner = stateOwner(directory);
  if (owner !== undefined) throw new StateLockedError(directory, owner);
  return directory;
}

function optionOf(name: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [`--${name}`, value];
}

/** Whether it takes requests: no, once it has ended before that. It is ended with us if we are told to end. */
async function isReady(child: ChildProcess): Promise<boolean> {
  const end = (): unknown => child.kill();
  process.once("SIGINT", end);
  process.once("SIGTERM", end);
  try {
    return await new Promise((done, reject) => {
      child.on("message", (message) => {
        if (message === READY) done(true);
      });
      child.once("error", reject);
      child.once("close", () => done(false));
    });
  } finally {
    process.off("SIGINT", end);
    process.off("SIGTERM", end);
  }
}

function failed(problem: string): number {
  process.stderr.write(`${problem}\nnothing was started\n`);
  return 1;
}
