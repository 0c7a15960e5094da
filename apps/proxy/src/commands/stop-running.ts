import { setTimeout as pause } from "node:timers/promises";

import { stateOwner } from "@portcullis/config";

import { messageOf } from "./message-of.ts";
import { stateDirectory } from "./state-directory.ts";

const POLL_MS = 50;

/**
 * `--stop`: has the proxy that uses the state directory end as at SIGTERM, and waits until it has
 * given the directory back.
 *
 * Returns the exit code: 1 if there is none, or the directory does not tell reliably.
 */
export async function stopRunning(state: string | undefined): Promise<number> {
  const directory = stateDirectory(state);
  try {
    const owner = stateOwner(directory);
    if (owner === undefined) return failed(`Portcullis is not running: nothing uses ${directory}`);
    process.stdout.write("sending stop request to Portcullis. please wait...\n");
    process.kill(owner, "SIGTERM");
    while (stateOwner(directory) === owner) await pause(POLL_MS);
  } catch (error) {
    return failed(`portcullis-proxy: ${messageOf(error)}`);
  }
  process.stdout.write("Portcullis stopped\n");
  return 0;
}

function failed(problem: string): number {
  process.stderr.write(`${problem}\n`);
  return 1;
}
