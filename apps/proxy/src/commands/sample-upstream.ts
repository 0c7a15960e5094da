import { fork } from "node:child_process";

import { SAMPLE_UPSTREAM } from "./sample-paths.ts";

/** The sample shop, running as a process of its own. */
export interface SampleUpstream {
  readonly port: number;
  stop(): void;
}

/** The port that the sample definitions name. */
const PORT = 9000;

/** Starts the sample shop; it ends with this process. Rejects if it cannot listen. */
export function startSampleUpstream(): Promise<SampleUpstream> {
  return new Promise((resolve, reject) => {
    const child = fork(SAMPLE_UPSTREAM, ["--port", String(PORT)], {
      stdio: ["ignore", "pipe", "inherit", "ipc"],
    });
    // Its first line says that it listens.
    child.stdout?.once("data", () => resolve({ port: PORT, stop: () => child.kill("SIGTERM") }));
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`the sample upstream cannot listen on ${PORT}`)));
  });
}
