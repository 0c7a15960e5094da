import { resolve } from "node:path";

import type { RunningProxy } from "../control/start-proxy.ts";
import { banner } from "./banner.ts";
import { messageOf } from "./message-of.ts";
import { readFilesApart } from "./read-files-apart.ts";
import { READY } from "./ready.ts";
import { SAMPLE_CONFIGURATION } from "./sample-paths.ts";
import { type SampleUpstream, startSampleUpstream } from "./sample-upstream.ts";
import { stateDirectory } from "./state-directory.ts";

/**
 * Runs the proxy until it is told to stop. Without `config` it is the sample configuration, with
 * the sample upstream behind it.
 *
 * Returns the exit code: 1 if it could not start, in which case nothing has been started.
 */
export async function runProxy(
  config: string | undefined,
  state: string | undefined,
): Promise<number> {
  const configDirectory = resolve(config ?? SAMPLE_CONFIGURATION);
  let upstream: SampleUpstream | undefined = undefined;
  try {
    // What is needed from then on is loaded while another process reads.
    const [read, { startProxy }] = await Promise.all([
      readFilesApart(configDirectory),
      import("../control/start-proxy.ts"),
    ]);
    if (!read.ok) {
      process.stderr.write(`${read.problems.join("\n")}\nnothing was started\n`);
      return 1;
    }
    for (const warning of read.warnings) process.stderr.write(`warning: ${warning}\n`);
    if (config === undefined) upstream = await startSampleUpstream();
    const proxy = await startProxy({
      configDirectory,
      stateDirectory: stateDirectory(state),
      settings: read.settings,
      files: read.files,
      serverErrors: read.serverErrors,
      report,
    });
    process.stdout.write(banner(proxy, configDirectory, upstream?.port));
    // To who started it in the background, and to supervisors that wait for this word.
    process.send?.(READY);
    await Promise.race([stopSignal(proxy), proxy.hung]);
    await proxy.stop();
    if (proxy.isHung()) endNow();
    return 0;
  } catch (error) {
    process.stderr.write(`portcullis-proxy: ${messageOf(error)}\n`);
    return 1;
  } finally {
    upstream?.stop();
  }
}

/** Resolves at SIGTERM or SIGINT; SIGHUP reopens the logs. A second signal ends the process at once. */
function stopSignal(proxy: RunningProxy): Promise<void> {
  process.on("SIGHUP", () => proxy.reopenLogs());
  return new Promise((done) => {
    const stop = (): void => {
      process.on("SIGTERM", endNow);
      process.on("SIGINT", endNow);
      done();
    };
    process.once("SIGTERM", stop);
    process.once("SIGINT", stop);
  });
}

/** Not by exit: the engine aborts a process that ends while an edge still has it open. */
function endNow(): void {
  process.kill(process.pid, "SIGKILL");
}

/** One JSON line on standard error for what goes wrong while it runs. */
function report(what: string, error: unknown): void {
  const line = { time: new Date().toISOString(), level: "error", what, error: messageOf(error) };
  process.stderr.write(`${JSON.stringify(line)}\n`);
}
