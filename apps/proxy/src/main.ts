#!/usr/bin/env node
import { keepNurseriesSmall } from "./nurseries.ts";

keepNurseriesSmall([...process.execArgv, process.env["NODE_OPTIONS"] ?? ""]);
// Not a static import: those are loaded before anything is done.
const { runCommand } = await import("./commands/run-command.ts");
process.exitCode = await runCommand(process.argv.slice(2));
