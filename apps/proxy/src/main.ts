#!/usr/bin/env node
import { parseArguments } from "@portcullis/config";

import { checkConfiguration } from "./commands/check-configuration.ts";
import { HELP, VERSION } from "./commands/help.ts";
import { runProxy } from "./commands/run-proxy.ts";

const parsed = parseArguments(process.argv.slice(2));
switch (parsed.kind) {
  case "run":
    process.exitCode = await runProxy(parsed.config, parsed.state);
    break;
  case "check-config":
    process.exitCode = checkConfiguration(parsed.config);
    break;
  case "help":
    process.stdout.write(HELP);
    break;
  case "version":
    process.stdout.write(`Portcullis ${VERSION}\n`);
    break;
  case "refused":
    process.stderr.write(`portcullis-proxy: ${parsed.problem}\n`);
    process.exitCode = 2;
    break;
  default:
    throw new TypeError("unhandled arguments");
}
