import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { type Client, headersOf } from "../workload/clients.ts";

/** What wrk counted in one run. */
export interface WrkRun {
  readonly requests: number;
  /** Answers of status 400 and up. */
  readonly refused: number;
  /** Requests that got no answer. */
  readonly lost: number;
  readonly seconds: number;
}

const CONNECTIONS = 64;
const run = promisify(execFile);

/** A wrk script that sends the requests of `clients` in turn, built once, and ends with its counts. */
export function wrkScript(clients: readonly Client[]): string {
  const requests = clients.map((client) => {
    const fields = fieldsOf(client).map(([name, value]) => `[${lua(name)}]=${lua(value)}`);
    const body = client.body === "" ? "nil" : lua(client.body);
    return `r[#r+1]=wrk.format(${lua(client.method)},${lua(client.path)},{${fields.join(",")}},${body})`;
  });
  return [
    "local r",
    "init=function(args)",
    "r={}",
    ...requests,
    "end",
    "local i=0",
    "request=function() i=i+1 if i>#r then i=1 end return r[i] end",
    "done=function(s)",
    "local e=s.errors",
    'print(string.format("COUNTS %d %d %d %d",s.requests,e.status,e.connect+e.read+e.write+e.timeout,s.duration))',
    "end",
    "",
  ].join("\n");
}

/** Drives `port` for some seconds from one thread. */
export async function runWrk(
  program: string,
  script: string,
  port: number,
  seconds: number,
  connections: number = CONNECTIONS,
): Promise<WrkRun> {
  // wrk counts an answer that takes longer than its time-out as lost, and a busy machine is no error.
  const parameters = ["-t1", "--timeout", "30s", `-c${connections}`, `-d${seconds}s`, "-s", script];
  const { stdout } = await run(program, [...parameters, `http://127.0.0.1:${port}/`]);
  return parseCounts(stdout);
}

/** The counts in the output of a script by `wrkScript`. */
export function parseCounts(output: string): WrkRun {
  const found = /^COUNTS (\d+) (\d+) (\d+) (\d+)$/m.exec(output);
  if (found === null) throw new TypeError("wrk did not finish");
  const [, requests, refused, lost, microseconds] = found.map(Number);
  return {
    requests: requests ?? 0,
    refused: refused ?? 0,
    lost: lost ?? 0,
    seconds: (microseconds ?? 0) / 1e6,
  };
}

/** wrk adds a Content-Length, and a Host unless it finds one in exactly this spelling. */
function fieldsOf(client: Client): [string, string][] {
  return [...headersOf(client)]
    .filter(([name]) => name !== "content-length")
    .map(([name, value]) => [name === "host" ? "Host" : name, value]);
}

function lua(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', String.raw`\"`)}"`;
}
