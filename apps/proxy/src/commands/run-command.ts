import { parseArguments } from "@portcullis/config";

import { checkConfiguration } from "./check-configuration.ts";
import { HELP, VERSION } from "./help.ts";
import { runProxy } from "./run-proxy.ts";
import { startInBackground } from "./start-in-background.ts";
import { stopRunning } from "./stop-running.ts";

/** Does what the command line says; returns the exit code. */
export async function runCommand(commandLine: readonly string[]): Promise<number> {
  const parsed = parseArguments(commandLine);
  switch (parsed.kind) {
    case "run":
      return runProxy(parsed.config, parsed.state);
    case "start":
      return startInBackground(parsed.config, parsed.state);
    case "stop":
      return stopRunning(parsed.state);
    case "check-config":
      return checkConfiguration(parsed.config);
    case "help":
      process.stdout.write(HELP);
      return 0;
    case "version":
      process.stdout.write(`Portcullis ${VERSION}\n`);
      return 0;
    case "refused":
      process.stderr.write(`portcullis-proxy: ${parsed.problem}\n`);
      return 2;
    default:
      throw new TypeError("unhandled arguments");
  }
}
