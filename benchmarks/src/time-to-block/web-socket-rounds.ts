import { WebSocket } from "ws";

import { type Client, headersOf, requestText } from "../workload/clients.ts";
import { clientsWithin, type Round, type RoundLimit, type Stage } from "./request-rounds.ts";

const PROXY_FIELDS = new Set(["authorization", "cookie", "x-api-key", "x-forwarded-for"]);

/** From a block to the close of a WebSocket that its client had open. */
export async function webSocketRounds(
  { edges, management }: Stage,
  port: number,
  by: "offence" | "command",
  limit: RoundLimit,
): Promise<Round[]> {
  const rounds: Round[] = [];
  for (const [, client] of clientsWithin(limit, `socket-${by}`, by.length * 7)) {
    const socket = await open(port, client);
    const closed = new Promise<number>((resolve) => {
      socket.once("close", () => resolve(performance.now()));
    });
    const [edge] = edges;
    const block =
      by === "command" || edge === undefined
        ? management.deny(client.token)
        : edge.ask(requestText(client, "PATCH"));
    const { at } = await block;
    // A close that overtakes the acknowledgement has taken no time after it.
    rounds.push({ ms: Math.max(0, (await closed) - at), late: 0 });
  }
  return rounds;
}

function open(port: number, client: Client): Promise<WebSocket> {
  const headers = [...headersOf(client)].filter(([name]) => PROXY_FIELDS.has(name));
  const socket = new WebSocket(`ws://127.0.0.1:${port}/chat`, {
    headers: Object.fromEntries(headers),
    perMessageDeflate: false,
  });
  return new Promise((resolve, reject) => {
    socket.once("open", () => resolve(socket));
    socket.once("error", reject);
  });
}
