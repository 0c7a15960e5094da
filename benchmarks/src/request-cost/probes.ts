import { request } from "node:http";

import { ANSWER_BODY } from "../servers/upstream-answer.ts";
import { PATTERN_STATUS } from "../workload/api-definitions.ts";
import { type Client, headersOf, makeClients } from "../workload/clients.ts";
import type { DeniedIdentifiers } from "../workload/denied-identifiers.ts";
import type { RunningSubject, SubjectPolicy } from "./subject.ts";

/** One request of the table that every subject must answer in the same way. */
export interface Probe {
  readonly name: string;
  readonly client: Client;
  readonly contentType: string | undefined;
  readonly status: number;
  /** `undefined`: any. */
  readonly body: string | undefined;
  /** Of subjects with these policies it is asked. */
  readonly policies: readonly SubjectPolicy[];
}

const LAWFUL: Partial<Probe> = { policies: ["full", "none", "crs"] };
const UNAUTHORIZED: Partial<Probe> = {
  status: 403,
  body: "Error: Unauthorized",
  policies: ["full", "refuse-all"],
};
const PATTERN = { status: PATTERN_STATUS, body: "405 Method Not Allowed" };
const GET = { method: "GET", body: "" };
const POST = { method: "POST", body: '{"qty":3,"sku":"A-1"}' };

/**
 * The table. Every probe comes from a client of its own: Portcullis denies a client that violates
 * a definition from then on.
 */
export function makeProbes(denied: DeniedIdentifiers): Probe[] {
  const clients = makeClients(12, "probe", 53);
  const next = (): Client => {
    const client = clients.pop();
    if (client === undefined) throw new TypeError("more probes than clients");
    return client;
  };
  const probe = (name: string, changes: Partial<Client>, want: Partial<Probe>): Probe => ({
    name,
    client: { ...next(), ...changes },
    contentType: undefined,
    status: 200,
    body: ANSWER_BODY,
    policies: ["full"],
    ...want,
  });
  const first = (kind: "token" | "cookie" | "ip" | "api-key"): string => denied.of(kind)[0] ?? "";
  const [deniedUser] = makeClients(1, "denied", 1);
  return [
    probe("a lawful GET", GET, LAWFUL),
    probe("a lawful POST", POST, LAWFUL),
    probe("a denied token", { ...GET, token: first("token") }, UNAUTHORIZED),
    probe("a denied cookie", { ...GET, session: first("cookie") }, UNAUTHORIZED),
    probe("a denied address", { ...GET, address: first("ip") }, UNAUTHORIZED),
    probe("a denied API key", { ...GET, apiKey: first("api-key") }, UNAUTHORIZED),
    probe("a denied user name", { ...GET, token: deniedUser?.token ?? "" }, UNAUTHORIZED),
    probe("a method that is not allowed", { ...GET, method: "PATCH" }, PATTERN),
    probe("a content type that is not allowed", POST, { ...PATTERN, contentType: "text/xml" }),
    probe(
      "an unknown API",
      { ...GET, path: "/apx/svc1/" },
      { status: 503, body: "Error: Unknown API" },
    ),
    probe(
      "an injection of SQL",
      { ...GET, path: "/api/svc1/orders?id=1%20UNION%20SELECT%20name,pass%20FROM%20users--" },
      { status: 403, body: undefined, policies: ["crs"] },
    ),
  ];
}

/** What a subject answers differently from its part of the table; empty if nothing. */
export async function wrongAnswersOf(
  { policy, port }: Pick<RunningSubject, "policy" | "port">,
  probes: readonly Probe[],
): Promise<string[]> {
  const wrong: string[] = [];
  for (const probe of probes.filter(({ policies }) => policies.includes(policy))) {
    const got = await send(port, probe);
    if (got.status !== probe.status) {
      wrong.push(`${probe.name}: ${got.status || got.body}, not ${probe.status}`);
    } else if (probe.body !== undefined && got.body !== probe.body) {
      wrong.push(`${probe.name}: another body`);
    }
  }
  return wrong;
}

function send(port: number, probe: Probe): Promise<{ status: number; body: string }> {
  const headers = new Map(headersOf(probe.client));
  if (probe.contentType !== undefined) headers.set("content-type", probe.contentType);
  const { method, path } = probe.client;
  const options = { port, method, path, headers: Object.fromEntries(headers), agent: false };
  return new Promise((resolve) => {
    const sent = request({ host: "127.0.0.1", ...options }, (answer) => {
      let body = "";
      answer.setEncoding("latin1");
      answer.on("data", (chunk: string) => {
        body += chunk;
      });
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body }));
    });
    // A closed connection is an answer too: the wrong one.
    sent.on("error", (error) => resolve({ status: 0, body: error.message }));
    sent.end(probe.client.body);
  });
}
