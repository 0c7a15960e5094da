import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { allocatorSettings } from "@portcullis/proxy/allocator";

import type { ApiJson } from "../workload/api-definitions.ts";
import type { DeniedIdentifiers } from "../workload/denied-identifiers.ts";
import { Child, pause } from "./child.ts";
import { freePort } from "./free-port.ts";
import { seedState } from "./seed-state.ts";

const READY_LIMIT_MS = 60_000;
const READY_POLL_MS = 10;

/** What this project's proxy is started with; access log, metrics and time-outs are always on. */
export interface PortcullisOptions {
  /** Takes a directory in here of this name. */
  readonly directory: string;
  readonly name: string;
  readonly apis: readonly ApiJson[];
  readonly edges: number;
  /** On the deny list from the start. */
  readonly denied?: DeniedIdentifiers;
  /** More lines of `portcullis.yaml`. */
  readonly settings?: readonly string[];
}

/** This project's proxy, running. */
export interface Portcullis {
  readonly port: number;
  readonly managementPort: number;
  readonly secret: string;
  readonly child: Child;
  readonly log: string;
  /** From the start of the process until all edges took connections. */
  readonly startMs: number;
}

/** Starts the proxy as `bin/start.sh` does, but for the background. */
export async function startPortcullis(options: PortcullisOptions): Promise<Portcullis> {
  const home = join(options.directory, options.name);
  const config = join(home, "config");
  const state = join(home, "state");
  mkdirSync(join(config, "api"), { recursive: true });
  const [port, managementPort] = [await freePort(), await freePort()];
  writeFileSync(join(config, "portcullis.yaml"), settings(port, managementPort, options));
  for (const { id, json } of options.apis) {
    writeFileSync(join(config, "api", `${id}.json`), JSON.stringify(json));
  }
  if (options.denied !== undefined) await seedState(state, options.denied);
  const command = [process.execPath, mainFile(), "--config", config, "--state", state] as const;
  const startedAt = performance.now();
  const variables = allocatorSettings(options.edges);
  const child = await Child.start(options.name, [...command], options.directory, port, variables);
  // The first edge listens before the last one does.
  await untilReady(managementPort);
  return {
    port,
    managementPort,
    secret: readFileSync(join(state, "admin-secret"), "utf8").trim(),
    child,
    log: join(state, "logs", "access.log"),
    startMs: performance.now() - startedAt,
  };
}

async function untilReady(managementPort: number): Promise<void> {
  const deadline = performance.now() + READY_LIMIT_MS;
  while (!(await isReady(managementPort))) {
    if (performance.now() > deadline) throw new TypeError("the proxy does not become ready");
    await pause(READY_POLL_MS);
  }
}

async function isReady(managementPort: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${managementPort}/readyz`)).ok;
  } catch {
    return false;
  }
}

/** What `bin/start.sh` runs. */
function mainFile(): string {
  const manifest = fileURLToPath(import.meta.resolve("@portcullis/proxy/package.json"));
  return join(dirname(manifest), "bundle", "main.js");
}

function settings(
  port: number,
  managementPort: number,
  { edges, settings: more = [] }: PortcullisOptions,
): string {
  return [
    "listen:",
    `  http: { host: 127.0.0.1, port: ${port} }`,
    `management: { port: ${managementPort} }`,
    "reports: { port: 0 }",
    `edges: ${edges}`,
    "trusted_proxies: [127.0.0.0/8]",
    // A bench offends with one new token after the other, from one address.
    "automatic_denials: { unproven_limit: 0, listed_limit: 1000000 }",
    ...more,
    "",
  ].join("\n");
}
