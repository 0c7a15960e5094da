import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Child } from "../servers/child.ts";
import { findProgram } from "../servers/find-program.ts";
import { freePort } from "../servers/free-port.ts";
import type { RunningSubject, SubjectOptions, SubjectPolicy } from "./subject.ts";

const MODULES = ["/usr/lib/nginx/modules", "/usr/lib64/nginx/modules", "/usr/local/nginx/modules"];
const TEMPORARY = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];

/** An nginx of one process with some module and a place of its own for everything. */
export interface NginxSubject {
  readonly name: string;
  readonly description: string;
  readonly policy: SubjectPolicy;
  /** File names of modules, in the order in which they are to be loaded. */
  readonly modules: readonly string[];
  /** Lines of the `http` block. */
  readonly http: (home: string) => readonly string[];
  /** Lines of the only `location`, before those that forward. */
  readonly location: readonly string[];
}

/** Starts it. */
export async function startNginx(
  subject: NginxSubject,
  { directory, upstreamPort }: SubjectOptions,
): Promise<RunningSubject> {
  const program = findProgram("nginx");
  if (program === undefined) throw new TypeError("nginx is not installed");
  const home = join(directory, subject.name);
  mkdirSync(home, { recursive: true });
  const port = await freePort();
  const file = join(home, "nginx.conf");
  writeFileSync(file, configuration(subject, home, port, upstreamPort));
  const command = [program, "-p", home, "-c", file] as const;
  const child = await Child.start(subject.name, [...command], directory, port);
  const { description, name, policy } = subject;
  return { name, description, policy, port, child, log: join(home, "access.log") };
}

/** What is missing for a subject of nginx; `undefined`: nothing. */
export function missingForNginx(modules: readonly string[]): string | undefined {
  if (findProgram("nginx") === undefined) return "nginx is not installed";
  const missing = modules.find((name) => moduleFile(name) === undefined);
  return missing === undefined ? undefined : `the nginx module ${missing} is not installed`;
}

function moduleFile(name: string): string | undefined {
  return MODULES.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

/** The fields of Portcullis' access log but for the identifiers, in batches as Portcullis writes them. */
const LOG_FORMAT =
  '{"time":"$time_iso8601","request_id":"$request_id","ip":"$remote_addr","method":"$request_method",' +
  '"host":"$host","path":"$uri","status":$status,"bytes_in":$request_length,"bytes_out":$bytes_sent,' +
  '"duration":$request_time,"upstream":"$upstream_response_time"}';

function configuration(
  subject: NginxSubject,
  home: string,
  port: number,
  upstreamPort: number,
): string {
  return [
    ...subject.modules.map((name) => `load_module ${moduleFile(name) ?? name};`),
    "daemon off; master_process off;",
    `pid ${home}/nginx.pid; error_log ${home}/error.log crit;`,
    "events { worker_connections 4096; }",
    "http {",
    "  keepalive_requests 100000000; keepalive_timeout 600s;",
    ...TEMPORARY.map((place) => `  ${place}_temp_path ${home}/${place};`),
    `  log_format json escape=json '${LOG_FORMAT}';`,
    `  access_log ${home}/access.log json buffer=64k flush=50ms;`,
    ...subject.http(home),
    `  upstream u { server 127.0.0.1:${upstreamPort}; keepalive 256; keepalive_requests 100000000; }`,
    `  server { listen 127.0.0.1:${port}; location / {`,
    ...subject.location,
    '    proxy_pass http://u; proxy_http_version 1.1; proxy_set_header Connection "";',
    "    proxy_set_header Host $host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
    "    proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Forwarded-Host $host;",
    "    proxy_set_header X-Request-Id $request_id; add_header X-Request-Id $request_id always;",
    "  } }",
    "}",
    "",
  ].join("\n");
}
