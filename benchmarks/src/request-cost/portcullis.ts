import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { apiDefinitions } from "../workload/api-definitions.ts";
import { Child } from "./child.ts";
import { freePort } from "./free-port.ts";
import { seedState } from "./seed-state.ts";
import { type RunningSubject, type SubjectOptions } from "./subject.ts";

/** Starts this project's proxy with one edge thread; access log, metrics and time-outs are on. */
export async function startPortcullis(options: SubjectOptions): Promise<RunningSubject> {
  const { denied, directory, upstreamPort } = options;
  const home = join(directory, "portcullis");
  const config = join(home, "config");
  const state = join(home, "state");
  mkdirSync(join(config, "api"), { recursive: true });
  const port = await freePort();
  writeFileSync(join(config, "portcullis.yaml"), settings(port));
  for (const { id, json } of apiDefinitions({ host: "127.0.0.1", port: upstreamPort }, 0)) {
    writeFileSync(join(config, "api", `${id}.json`), JSON.stringify(json));
  }
  await seedState(state, denied);
  const command = [process.execPath, mainFile(), "--config", config, "--state", state] as const;
  return {
    name: "portcullis",
    description: "apps/proxy, one edge thread, access log to a file",
    port,
    child: await Child.start("portcullis", [...command], directory, port),
    log: join(state, "logs", "access.log"),
  };
}

/** What `npm start` runs. */
function mainFile(): string {
  const manifest = fileURLToPath(import.meta.resolve("@portcullis/proxy/package.json"));
  return join(dirname(manifest), "dist", "main.js");
}

function settings(port: number): string {
  return [
    "listen:",
    `  http: { host: 127.0.0.1, port: ${port} }`,
    "management: { port: 0 }",
    "reports: { port: 0 }",
    "edges: 1",
    "trusted_proxies: [127.0.0.0/8]",
    "",
  ].join("\n");
}
