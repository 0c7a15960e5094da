import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

import type { LoadPlan, StreamTimes } from "./load-plan.ts";

const GENERATOR = fileURLToPath(new URL("load-generator.js", import.meta.url));

/** Runs the load generator in a process of its own. Rejects if an answer is missing. */
export function generateLoad(plan: LoadPlan): Promise<readonly StreamTimes[]> {
  return new Promise((resolve, reject) => {
    const child = fork(GENERATOR, { execArgv: ["--max-semi-space-size=64"] });
    const stop = (): void => {
      child.kill("SIGKILL");
    };
    process.once("exit", stop);
    child.once("message", (message) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the generator sends
      resolve(message as readonly StreamTimes[]);
    });
    child.once("error", reject);
    child.once("exit", (code) => {
      process.off("exit", stop);
      // After its message this changes nothing any more.
      reject(new TypeError(`the load generator ended with ${code ?? "a signal"}`));
    });
    child.send(plan);
  });
}
