import { type ChildProcess, spawn } from "node:child_process";
import { openSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";

const START_LIMIT_MS = 60_000;
const POLL_MS = 20;
const started = new Set<ChildProcess>();

/** A server that was started for a measurement. */
export class Child {
  readonly #process: ChildProcess;
  readonly #name: string;

  private constructor(process: ChildProcess, name: string) {
    this.#process = process;
    this.#name = name;
  }

  /**
   * Starts `command` with its output in `directory` and waits until something listens on `port`. It gets `variables`
   * besides those of this process.
   * The measuring process ends it, by `stop` or by ending itself.
   */
  static async start(
    name: string,
    command: readonly [string, ...string[]],
    directory: string,
    port: number,
    variables: Readonly<Record<string, string>> = {},
  ): Promise<Child> {
    const [program, ...parameters] = command;
    const file = join(directory, `${name}.out`);
    const out = openSync(file, "a", 0o600);
    const env = { ...process.env, ...variables };
    const child = new Child(spawn(program, parameters, { stdio: ["ignore", out, out], env }), name);
    child.#process.on("error", () => undefined);
    killAtExit(child.#process);
    const deadline = performance.now() + START_LIMIT_MS;
    while (!(await accepts(port))) {
      if (child.#process.exitCode !== null || performance.now() > deadline) {
        throw new TypeError(`${name} does not listen: ${readFileSync(file, "utf8").trim()}`);
      }
      await pause(POLL_MS);
    }
    return child;
  }

  get pid(): number {
    const { pid } = this.#process;
    if (pid === undefined) throw new TypeError(`${this.#name} has not been started`);
    return pid;
  }

  /** Asks it to end and waits until it has. */
  stop(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#process.exitCode !== null || this.#process.signalCode !== null) resolve();
      this.#process.once("exit", () => resolve());
      this.#process.kill("SIGTERM");
    });
  }
}

/** One listener for all: there may be more of them than an emitter likes. */
function killAtExit(child: ChildProcess): void {
  if (started.size === 0) {
    process.once("exit", () => {
      for (const each of started) each.kill("SIGKILL");
    });
  }
  started.add(child);
}

/** Resolves after `ms`. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
