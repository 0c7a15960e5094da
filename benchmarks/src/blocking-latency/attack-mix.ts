import { makeClients, requestText } from "../workload/clients.ts";
import type { DeniedIdentifiers } from "../workload/denied-identifiers.ts";

const OF_EACH = 1000;

/**
 * What attackers send, all of it refused: clients denied by each of the identifiers, an API that is
 * not there, and violations of clients that nobody knows yet, each of which is denied from then on,
 * stored and reported.
 */
export function attackRequests(denied: DeniedIdentifiers): string[] {
  const clients = makeClients(OF_EACH, "attacker", 61);
  const violators = makeClients(OF_EACH, "violator", 67);
  const pick = (kind: "token" | "cookie" | "ip" | "api-key", at: number): string =>
    denied.of(kind)[at] ?? "";
  return clients.flatMap((client, at) => [
    requestText({ ...client, token: pick("token", at) }),
    requestText({ ...client, session: pick("cookie", at) }),
    requestText({ ...client, address: pick("ip", at) }),
    requestText({ ...client, apiKey: pick("api-key", at) }),
    requestText({ ...client, path: client.path.replace("/api/", "/apx/") }),
    ...violators.slice(at, at + 1).map((violator) => requestText(violator, "PATCH")),
  ]);
}
