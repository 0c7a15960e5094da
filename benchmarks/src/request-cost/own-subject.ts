import { startPortcullis } from "../servers/portcullis.ts";
import { apiDefinitions } from "../workload/api-definitions.ts";
import type { RunningSubject, SubjectOptions } from "./subject.ts";

/** Starts this project's proxy with one edge thread. */
export async function startOwnSubject(options: SubjectOptions): Promise<RunningSubject> {
  const { denied, directory, upstreamPort } = options;
  const name = "portcullis";
  const apis = apiDefinitions({ host: "127.0.0.1", port: upstreamPort }, 0);
  const { child, log, port } = await startPortcullis({ directory, name, apis, denied, edges: 1 });
  const description = "apps/proxy, one edge thread, access log to a file";
  return { name, description, policy: "full", port, child, log };
}
