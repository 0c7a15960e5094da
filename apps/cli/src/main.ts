#!/usr/bin/env node
import { run } from "./run.ts";

const { stdin, stdout, stderr, env } = process;
process.exitCode = await run(process.argv.slice(2), { stdin, stdout, stderr, env, fetch });
// A question leaves it open, which would keep the process waiting.
stdin.destroy();
