import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { Child } from "./child.ts";
import { findProgram } from "./find-program.ts";
import { freePort } from "./free-port.ts";
import { ANSWER_BODY, ANSWER_SIZES } from "./upstream-answer.ts";

/** The one server behind every subject. */
export interface Upstream {
  readonly description: string;
  readonly port: number;
  readonly child: Child;
}

const NODE_UPSTREAM = fileURLToPath(new URL("node-upstream.js", import.meta.url));

/** Starts nginx, or where it is not installed a small server in Node. */
export async function startUpstream(directory: string): Promise<Upstream> {
  const port = await freePort();
  const nginx = findProgram("nginx");
  if (nginx === undefined) {
    const command = [process.execPath, NODE_UPSTREAM, String(port)] as const;
    const child = await Child.start("upstream", [...command], directory, port);
    return { description: "node:http (nginx is not installed)", port, child };
  }
  const home = join(directory, "nginx");
  mkdirSync(home);
  const file = join(home, "nginx.conf");
  mkdirSync(join(home, "bytes"));
  for (const bytes of ANSWER_SIZES) {
    writeFileSync(join(home, "bytes", String(bytes)), "x".repeat(bytes));
  }
  writeFileSync(file, configuration(home, port));
  const child = await Child.start("upstream", [nginx, "-p", home, "-c", file], directory, port);
  return { description: "nginx, one process, kept-alive connections", port, child };
}

function configuration(home: string, port: number): string {
  const places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return [
    "daemon off; master_process off;",
    `pid ${home}/nginx.pid; error_log ${home}/error.log crit;`,
    "events { worker_connections 4096; }",
    "http {",
    "  access_log off; keepalive_requests 100000000; keepalive_timeout 600s;",
    ...places.map((place) => `  ${place}_temp_path ${home}/${place};`),
    "  client_max_body_size 0; large_client_header_buffers 4 32k; sendfile on; open_file_cache max=100 inactive=600s;",
    `  server { listen 127.0.0.1:${port};`,
    `  location ~ /bytes/([0-9]+)$ { default_type application/octet-stream; alias ${home}/bytes/$1; }`,
    "  location / {",
    `    default_type application/json; return 200 '${ANSWER_BODY}';`,
    "  } }",
    "}",
    "",
  ].join("\n");
}
