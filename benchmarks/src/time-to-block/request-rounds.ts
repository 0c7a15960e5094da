import type { KeptConnection, Reply } from "../latency/kept-connection.ts";
import type { Management } from "../servers/management.ts";
import { type Client, makeClients, requestText } from "../workload/clients.ts";

/** One round: how long it took, and how many requests were still answered the old way. */
export interface Round {
  readonly ms: number;
  readonly late: number;
}

/** Rounds end when they are so many, or on a busy machine when so much time has passed. */
export interface RoundLimit {
  readonly count: number;
  readonly seconds: number;
}

/** What the rounds are asked over. */
export interface Stage {
  /** One connection to each of two edges. */
  readonly edges: readonly KeptConnection[];
  readonly management: Management;
}

const LIMIT_MS = 10_000;
const VIOLATION = "PATCH";

/**
 * From the answer to a violation to the first refusal, on the edge that saw it or on the other.
 * The client was served by both edges just before, so that nobody has to learn it first.
 */
export async function roundsByOffence(
  { edges }: Stage,
  where: "same" | "other",
  limit: RoundLimit,
): Promise<Round[]> {
  const rounds: Round[] = [];
  for (const [at, client] of clientsWithin(limit, `${where}-edge`, where.length)) {
    const here = edgeAt(edges, at);
    const asked = where === "same" ? here : edgeAt(edges, at + 1);
    for (const edge of edges) expectStatus(await edge.ask(requestText(client)), 200);
    const answer = await here.ask(requestText(client, VIOLATION));
    expectStatus(answer, 405);
    rounds.push(await untilStatus(asked, client, 403, answer.at));
  }
  return rounds;
}

/** The first refusal after an acknowledged command, and the first answer after its withdrawal. */
export async function roundsByCommand(
  { edges, management }: Stage,
  limit: RoundLimit,
): Promise<{ blocked: Round[]; unblocked: Round[] }> {
  const blocked: Round[] = [];
  const unblocked: Round[] = [];
  for (const [at, client] of clientsWithin(limit, "commanded", 97)) {
    const edge = edgeAt(edges, at);
    expectStatus(await edge.ask(requestText(client)), 200);
    const denied = await management.deny(client.token);
    blocked.push(await untilStatus(edge, client, 403, denied.at));
    const undenied = await management.undeny(client.token);
    unblocked.push(await untilStatus(edge, client, 200, undenied.at));
  }
  return { blocked, unblocked };
}

/** Numbered clients, as many as there is time for. */
export function* clientsWithin(
  { count, seconds }: RoundLimit,
  prefix: string,
  seed: number,
): Generator<[number, Client]> {
  const clients = makeClients(count, prefix, seed);
  const endMs = performance.now() + seconds * 1000;
  for (const [at, client] of clients.entries()) {
    if (performance.now() > endMs) return;
    yield [at, client];
  }
}

/** Asks again and again until the answer has `status`. */
async function untilStatus(
  edge: KeptConnection,
  client: Client,
  status: number,
  since: number,
): Promise<Round> {
  const request = requestText(client);
  for (let late = 0; ; late++) {
    const reply = await edge.ask(request);
    const ms = reply.at - since;
    if (reply.status === status) return { ms, late };
    if (ms > LIMIT_MS) throw new TypeError(`never answered with ${status}`);
  }
}

function edgeAt(edges: readonly KeptConnection[], at: number): KeptConnection {
  const edge = edges[at % edges.length];
  if (edge === undefined) throw new TypeError("no edge");
  return edge;
}

function expectStatus({ body, status }: Reply, want: number): void {
  if (status !== want) throw new TypeError(`${status} ${body}, not ${want}`);
}
