import type { BlockReason, RejectReason, Verdict } from "@portcullis/core";

import { type Client, makeClients } from "../workload/clients.ts";

const CLIENTS = 1000;

/** Requests that all get the same verdict. */
export interface Scenario {
  readonly name: string;
  readonly clients: readonly Client[];
  /** What of the clients is on the deny list. */
  readonly denied: "nothing" | "token" | "ip";
  /** Content type of requests that carry a body. */
  readonly contentType: string;
  readonly verdict: Verdict["kind"];
  readonly reason: BlockReason | RejectReason | "";
}

/** One scenario for each verdict that the workload can reach. Each call makes new, equal strings. */
export function makeScenarios(): Scenario[] {
  const lawful: Scenario = {
    name: "forward",
    clients: makeClients(CLIENTS, "user", 31),
    denied: "nothing",
    contentType: "application/json",
    verdict: "forward",
    reason: "",
  };
  const block = { verdict: "block" } as const;
  return [
    lawful,
    {
      ...lawful,
      ...block,
      name: "deny by token",
      clients: makeClients(CLIENTS, "token", 37),
      denied: "token",
      reason: "deny-list",
    },
    {
      ...lawful,
      ...block,
      name: "deny by IP",
      // An address range of its own, or the lawful clients would be denied as well.
      clients: makeClients(CLIENTS, "ip", 41).map((client) => ({
        ...client,
        address: client.address.replace("10.", "11."),
      })),
      denied: "ip",
      reason: "deny-list",
    },
    {
      ...lawful,
      name: "decoy",
      clients: lawful.clients.map((client) => ({
        ...client,
        path: client.path.replace("/v1/", "/admin/"),
      })),
      verdict: "decoy",
    },
    {
      ...lawful,
      ...block,
      name: "method",
      clients: lawful.clients.map((client) => ({ ...client, method: "PATCH" })),
      reason: "method",
    },
    {
      ...lawful,
      ...block,
      name: "content type",
      clients: lawful.clients.map((client) => ({ ...client, method: "POST", body: "<order/>" })),
      contentType: "text/xml",
      reason: "content-type",
    },
    {
      ...lawful,
      name: "reject",
      clients: lawful.clients.map((client) => ({
        ...client,
        path: client.path.replace("/api/", "/apx/"),
      })),
      verdict: "reject",
      reason: "unknown-api",
    },
  ];
}
