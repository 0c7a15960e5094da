import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Child } from "../servers/child.ts";
import { findProgram } from "../servers/find-program.ts";
import { freePort } from "../servers/free-port.ts";
import {
  API_COUNT,
  API_KEY_HEADER,
  COOKIE_NAME,
  PATTERN_STATUS,
} from "../workload/api-definitions.ts";
import type { DeniedIdentifiers } from "../workload/denied-identifiers.ts";
import type { RunningSubject, SubjectOptions, SubjectSource } from "./subject.ts";

/** What HAProxy does besides the policy. */
interface HaproxyChores {
  readonly name: string;
  readonly description: string;
  /** A line of JSON for each request, in a file, and a request id: what Portcullis does too. */
  readonly logs: boolean;
}

const CHORES: readonly HaproxyChores[] = [
  { name: "haproxy", description: "the same policy, a request id, a log to a file", logs: true },
  { name: "haproxy-bare", description: "the same policy, no log, no request id", logs: false },
];

/** HAProxy with the policy of the workload, one thread; with and without the chores of Portcullis. */
export function haproxies(): SubjectSource[] {
  const program = findProgram("haproxy");
  return CHORES.map((chores) => ({
    name: chores.name,
    missing: program === undefined ? "haproxy is not installed" : undefined,
    start: (options) => start(program ?? "", chores, options),
  }));
}

async function start(
  program: string,
  chores: HaproxyChores,
  options: SubjectOptions,
): Promise<RunningSubject> {
  const { denied, directory, upstreamPort } = options;
  const home = join(directory, chores.name);
  mkdirSync(home);
  const port = await freePort();
  writeLists(home, denied);
  const file = join(home, "haproxy.cfg");
  writeFileSync(file, configuration({ home, port, upstreamPort, logs: chores.logs }));
  return {
    name: chores.name,
    description: chores.description,
    policy: "full",
    port,
    child: await Child.start(chores.name, [program, "-db", "-f", file], directory, port),
    log: chores.logs ? join(directory, `${chores.name}.out`) : undefined,
  };
}

function writeLists(home: string, denied: DeniedIdentifiers): void {
  for (const [kind, values] of denied.values) {
    writeFileSync(join(home, `deny.${kind}`), `${values.join("\n")}\n`);
  }
  const apis = Array.from({ length: API_COUNT }, (_, index) => `/api/svc${index}/ svc${index}`);
  writeFileSync(join(home, "apis.map"), `${apis.join("\n")}\n`);
}

interface Configuration {
  readonly home: string;
  readonly port: number;
  readonly upstreamPort: number;
  readonly logs: boolean;
}

/** The user name is read last, so that a request that is refused before costs no JWT. */
function configuration({ home, logs, port, upstreamPort }: Configuration): string {
  const deny = (kind: string, sample: string): string =>
    `  http-request deny status 403 content-type text/plain string "Error: Unauthorized" if { ${sample} -f ${home}/deny.${kind} }`;
  const pattern = `  http-request deny status ${PATTERN_STATUS} content-type text/plain string "405 Method Not Allowed"`;
  return [
    "global",
    "  nbthread 1",
    "  maxconn 4096",
    ...(logs ? ["  log stdout format raw local0"] : []),
    "defaults",
    "  mode http",
    "  timeout client 60s",
    "  timeout server 60s",
    "  timeout connect 5s",
    "  option http-keep-alive",
    "  http-reuse always",
    "frontend f",
    `  bind 127.0.0.1:${port}`,
    ...(logs ? LOGGING : []),
    `  http-request set-var(txn.api) path,map_beg(${home}/apis.map)`,
    '  http-request deny status 503 content-type text/plain string "Error: Unknown API" unless { var(txn.api) -m found }',
    "  http-request set-var(txn.tok) http_auth_bearer",
    deny("ip", "req.hdr_ip(x-forwarded-for,-1)"),
    deny("token", "var(txn.tok) -m str"),
    deny("cookie", `req.cook(${COOKIE_NAME}) -m str`),
    deny("api-key", `req.hdr(${API_KEY_HEADER}) -m str`),
    "  http-request set-var(txn.user) var(txn.tok),jwt_payload_query('$.username')",
    deny("username", "var(txn.user) -m str"),
    `${pattern} unless { method GET POST PUT DELETE }`,
    `${pattern} if { method POST } !{ req.hdr(content-type) -m str application/json }`,
    "  option forwardfor",
    "  http-request set-header x-forwarded-proto http",
    "  http-request set-header x-forwarded-host %[req.hdr(host)]",
    "  default_backend b",
    "backend b",
    `  server s 127.0.0.1:${upstreamPort}`,
    "",
  ].join("\n");
}

/** The fields of the access log of Portcullis but for the identifiers, which it writes as hashes. */
const LOG_FORMAT = [
  String.raw`{"time":"%trg"`,
  String.raw`"request_id":"%ID"`,
  String.raw`"ip":"%[var(txn.ip)]"`,
  String.raw`"method":"%HM"`,
  String.raw`"host":"%[var(txn.host)]"`,
  String.raw`"path":"%[var(txn.path)]"`,
  String.raw`"api":"%[var(txn.api)]"`,
  String.raw`"verdict":"%ts"`,
  String.raw`"status":%ST`,
  String.raw`"bytes_in":%U`,
  String.raw`"bytes_out":%B`,
  String.raw`"duration_ms":%Ta`,
  String.raw`"upstream_ms":%Tr}`,
].join(",");

const LOGGING = [
  "  log global",
  `  log-format '${LOG_FORMAT}'`,
  "  unique-id-format %{+X}o%Ts-%rt",
  "  unique-id-header x-request-id",
  "  http-request set-var(txn.ip) req.hdr_ip(x-forwarded-for,-1)",
  "  http-request set-var(txn.host) req.hdr(host)",
  "  http-request set-var(txn.path) path",
  "  http-after-response set-header x-request-id %[unique-id]",
];
