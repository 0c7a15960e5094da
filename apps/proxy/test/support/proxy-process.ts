import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { atEnd, temporaryDirectory } from "./cleanup.ts";
import { waitFor } from "./wait-for.ts";

const MAIN = fileURLToPath(new URL("../../bundle/main.js", import.meta.url));
const START_LIMIT_MS = 45_000;

export interface ProxyOptions {
  /** API definitions by id. */
  readonly apis?: Readonly<Record<string, string>>;
  /** Lines of `portcullis.yaml` after those that every test has. */
  readonly yaml?: string;
  /** Edge threads; two when left out. */
  readonly edges?: number;
  /** `listen.https`, as YAML in braces. */
  readonly https?: string;
  /** More files, by their paths in the configuration directory. */
  readonly files?: Readonly<Record<string, string>>;
  /** The text of `server_error.json`. */
  readonly serverErrors?: string;
  /** A configuration directory that is there already. */
  readonly config?: string;
  /** A state directory to go on with. */
  readonly state?: string;
  /** Variables of its environment besides those of this process. */
  readonly environment?: Readonly<Record<string, string>>;
  /** How many files it may have open. */
  readonly openFiles?: number;
  /** Arguments of Node. */
  readonly nodeArguments?: readonly string[];
}

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Two edges, loopback, any free ports. */
export const BASE_YAML = `edges: 2
listen: { http: { host: 127.0.0.1, port: 0 } }
management: { port: 0 }
reports: { port: 0 }
`;

/** All clients of a test come from few addresses, and none is to be denied for what another did. */
const NO_QUOTAS = "automatic_denials: { unproven_limit: 0, listed_limit: 1000000 }\n";

/** The real proxy as a process of its own. */
export class ProxyProcess {
  readonly config: string;
  readonly state: string;
  readonly child: ChildProcess;
  readonly exited: Promise<Exit>;
  stdout = "";
  stderr = "";
  #isOver = false;

  private constructor(options: ProxyOptions) {
    this.config = options.config ?? writeConfiguration(options);
    this.state = options.state ?? temporaryDirectory();
    const args = [...(options.nodeArguments ?? []), MAIN];
    const limit = options.openFiles === undefined ? "" : `ulimit -n ${options.openFiles} && `;
    this.child = spawn(
      "sh",
      [
        "-c",
        `${limit}exec "$@"`,
        "sh",
        process.execPath,
        ...args,
        "--config",
        this.config,
        "--state",
        this.state,
      ],
      { stdio: ["ignore", "pipe", "pipe"], env: { ...cleanEnvironment(), ...options.environment } },
    );
    this.child.stdout?.on("data", (text: Buffer) => (this.stdout += text.toString("utf8")));
    this.child.stderr?.on("data", (text: Buffer) => (this.stderr += text.toString("utf8")));
    this.exited = new Promise((resolve) => {
      this.child.once("close", (code, signal) => {
        this.#isOver = true;
        resolve({ code, signal });
      });
    });
    atEnd(() => this.kill());
  }

  /** Starts a proxy and resolves when it takes requests. Rejects with what it said if it does not. */
  static async start(options: ProxyOptions): Promise<ProxyProcess> {
    const proxy = ProxyProcess.launch(options);
    await waitFor(
      "the proxy to start",
      () => proxy.#isOver || proxy.stdout.includes("Stop it with"),
      START_LIMIT_MS,
    );
    if (proxy.#isOver) throw new Error(`the proxy did not start: ${proxy.stderr}`);
    return proxy;
  }

  /** Starts a proxy that is not expected to come up. */
  static launch(options: ProxyOptions): ProxyProcess {
    return new ProxyProcess(options);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get port(): number {
    return this.#portOf("data");
  }

  get httpsPort(): number {
    return this.#portOf("data, TLS", "https");
  }

  get managementPort(): number {
    return this.#portOf("management");
  }

  get reportsPort(): number {
    return this.#portOf("reports");
  }

  get secret(): string {
    return readFileSync(join(this.state, "admin-secret"), "utf8").trim();
  }

  /** The path of an API's file. */
  apiFile(id: string): string {
    return join(this.config, "api", `${id}.json`);
  }

  /** Asks it to stop and resolves to how it ended. */
  stop(): Promise<Exit> {
    if (!this.#isOver) this.child.kill("SIGTERM");
    return this.exited;
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    if (!this.#isOver) this.child.kill("SIGKILL");
    await this.exited;
  }

  /** Bytes of memory it has resident. */
  residentBytes(): number {
    const status = readFileSync(`/proc/${this.child.pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  }

  /** What it has open, by descriptor: paths, and words like `socket:[1234]`. */
  openFiles(): readonly string[] {
    const directory = `/proc/${this.child.pid}/fd`;
    return readdirSync(directory).map((descriptor) => {
      try {
        return readlinkSync(join(directory, descriptor));
      } catch {
        // It has been closed since.
        return "";
      }
    });
  }

  #portOf(listener: string, scheme: string = "http"): number {
    const match = new RegExp(`^  ${listener} +${scheme}://127\\.0\\.0\\.1:(\\d+)`, "m").exec(
      this.stdout,
    );
    if (match === null) throw new Error(`no port of ${listener} in: ${this.stdout}`);
    return Number(match[1]);
  }
}

/** Writes a configuration directory and returns its path. */
export function writeConfiguration(options: ProxyOptions): string {
  const { apis = {}, edges = 2, files = {}, https, serverErrors, yaml = "" } = options;
  const directory = temporaryDirectory();
  mkdirSync(join(directory, "api"));
  const base =
    https === undefined
      ? BASE_YAML
      : BASE_YAML.replace("port: 0 } }", `port: 0 }, https: ${https} }`);
  const quotas = yaml.includes("automatic_denials") ? "" : NO_QUOTAS;
  writeFileSync(
    join(directory, "portcullis.yaml"),
    base.replace("edges: 2", `edges: ${edges}`) + quotas + yaml,
  );
  for (const [path, text] of Object.entries(files)) writeFileSync(join(directory, path), text);
  if (serverErrors !== undefined) {
    writeFileSync(join(directory, "server_error.json"), serverErrors);
  }
  for (const [id, json] of Object.entries(apis)) {
    writeFileSync(join(directory, "api", `${id}.json`), json);
  }
  return directory;
}

/** This process's environment without what the test runner put into it. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => name !== "NODE_OPTIONS" && !name.startsWith("VITEST") && name !== "NODE_ENV",
  );
  return Object.fromEntries(kept);
}
