import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

import { atEnd } from "./cleanup.ts";
import { cleanEnvironment } from "./proxy-process.ts";

const PROCESS = fileURLToPath(new URL("idle-clients-process.mjs", import.meta.url));

type Order =
  | { readonly kind: "open"; readonly connections: number; readonly requests: number }
  | { readonly kind: "rest" }
  | { readonly kind: "leave" };

type Report =
  | { readonly kind: "done"; readonly open: number }
  | { readonly kind: "failed"; readonly why: string }
  | { readonly kind: "gone"; readonly idleMs: readonly number[] };

/** Thousands of keep-alive connections to one port, held by a process of their own. */
export class IdleClients {
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  #take: (report: Report) => void = () => undefined;
  #goneAfter: readonly number[] | undefined = undefined;

  private constructor(port: number, openFiles: number) {
    this.#child = spawn(
      "sh",
      ["-c", `ulimit -n ${openFiles} && exec "$@"`, "sh", process.execPath, PROCESS, String(port)],
      { stdio: ["ignore", "ignore", "inherit", "ipc"], env: cleanEnvironment() },
    );
    this.#child.on("message", (report: Report) => {
      if (report.kind === "gone") this.#goneAfter = report.idleMs;
      else this.#take(report);
    });
    this.#exited = new Promise((resolve) => {
      this.#child.once("exit", (code) => {
        this.#take({ kind: "failed", why: `the clients' process ended with ${code}` });
        resolve();
      });
    });
    atEnd(() => this.stop());
  }

  /** They ask for `/shop/a`, and expect the word hello. `openFiles`: how many their process may have open. */
  static start(port: number, openFiles: number): IdleClients {
    return new IdleClients(port, openFiles);
  }

  /** Milliseconds of idleness after which the proxy closed each; `undefined` while any is open. */
  get goneAfter(): readonly number[] | undefined {
    return this.#goneAfter;
  }

  /** Opens connections and asks so often over each; from then on they ask often enough not to be closed. */
  open(connections: number, requests: number): Promise<number> {
    this.#goneAfter = undefined;
    return this.#order({ kind: "open", connections, requests });
  }

  /** No connection asks for anything from now on. Resolves to the number of those that are open. */
  rest(): Promise<number> {
    return this.#order({ kind: "rest" });
  }

  /** Closes all that are open. */
  leave(): Promise<number> {
    return this.#order({ kind: "leave" });
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }

  #order(order: Order): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#take = (report) => {
        if (report.kind === "done") resolve(report.open);
        else if (report.kind === "failed") reject(new Error(report.why));
      };
      this.#child.send(order);
    });
  }
}
