import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

import { cleanEnvironment, type ProxyProcess } from "./proxy-process.ts";

/** The command line as it is built. */
export const CLI = fileURLToPath(new URL("../../../cli/dist/main.js", import.meta.url));
/** The script with the name and the flags that ASE scripts use. */
export const CLI_SCRIPT = fileURLToPath(new URL("../../../../bin/cli.sh", import.meta.url));

/** What a command left behind. */
export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a program to its end. */
export function runToEnd(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input: string = "",
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: { ...cleanEnvironment(), ...env } });
    let out = "";
    let err = "";
    child.stdout.on("data", (text: Buffer) => (out += text.toString("utf8")));
    child.stderr.on("data", (text: Buffer) => (err += text.toString("utf8")));
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, out, err }));
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}

/** Runs a command against `proxy`; the secret is found in its state directory. */
export function cli(proxy: ProxyProcess, ...words: string[]): Promise<Outcome> {
  return runToEnd(process.execPath, [CLI, ...words], whereIs(proxy));
}

/** Tells the command line where `proxy` and its secret are. */
export function whereIs(proxy: ProxyProcess): Record<string, string> {
  return {
    PORTCULLIS_STATE: proxy.state,
    PORTCULLIS_MANAGEMENT_URL: `http://127.0.0.1:${proxy.managementPort}`,
  };
}
