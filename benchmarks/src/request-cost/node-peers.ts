import { fileURLToPath } from "node:url";

import { Child } from "../servers/child.ts";
import { freePort } from "../servers/free-port.ts";
import type { SubjectPolicy, SubjectSource } from "./subject.ts";

interface NodePeer {
  readonly name: string;
  readonly description: string;
  readonly file: string;
  readonly policy: SubjectPolicy;
}

const PEERS: readonly NodePeer[] = [
  {
    name: "uws-undici",
    description: "uWebSockets.js and undici's Pool, no policy",
    file: "uws-undici",
    policy: "none",
  },
  { name: "http-proxy-3", description: "no policy", file: "http-proxy", policy: "none" },
  {
    name: "@fastify/http-proxy",
    description: "no policy",
    file: "fastify-http-proxy",
    policy: "none",
  },
  {
    name: "node:http 403",
    description: "refuses everything without looking",
    file: "node-403",
    policy: "refuse-all",
  },
  {
    name: "limit: uws 403",
    description: "uWebSockets.js that refuses everything without looking",
    file: "uws-403",
    policy: "refuse-all",
  },
  {
    name: "limit: uws calls",
    description: "the same after every call that a decision needs, with nothing decided and no log",
    file: "uws-calls",
    policy: "refuse-all",
  },
];

/** The peers that are programs of Node and come with this package. */
export function nodePeers(): SubjectSource[] {
  return PEERS.map(({ description, file, name, policy }) => ({
    name,
    missing: undefined,
    start: async ({ directory, upstreamPort }) => {
      const port = await freePort();
      const program = fileURLToPath(new URL(`peers/${file}.js`, import.meta.url));
      const command = [process.execPath, program, String(port), String(upstreamPort)] as const;
      const child = await Child.start(file, [...command], directory, port);
      return { name, description, policy, port, child, log: undefined };
    },
  }));
}
