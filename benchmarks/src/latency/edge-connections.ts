import { KeptConnection } from "./kept-connection.ts";

const MOST_TRIES = 400;
const NOWHERE = "GET /no-such-api HTTP/1.1\r\nhost: nobody.example\r\n\r\n";

/**
 * A connection to each of `edges` edge threads. The kernel spreads connections over them, and an
 * answer names its edge in its request id; so some are opened until each edge has got one.
 */
export async function connectToEdges(port: number, edges: number): Promise<KeptConnection[]> {
  const found = new Map<number, KeptConnection>();
  for (let tries = 0; tries < MOST_TRIES && found.size < edges; tries++) {
    const connection = await KeptConnection.open(port);
    const edge = edgeOf((await connection.ask(NOWHERE)).head);
    if (found.has(edge)) connection.close();
    else found.set(edge, connection);
  }
  if (found.size < edges) throw new TypeError(`only ${found.size} of ${edges} edges were reached`);
  return [...found].toSorted(([a], [b]) => a - b).map(([, connection]) => connection);
}

/** The number of the edge in the request id of an answer: `RANDOM-EDGE-COUNT`. */
export function edgeOf(head: string): number {
  const id = /^x-request-id: *[0-9a-f]+-(\d+)-[0-9a-z]+$/im.exec(head);
  if (id === null) throw new TypeError(`an answer without the id of an edge: ${head}`);
  return Number(id[1]);
}
