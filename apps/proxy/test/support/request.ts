import { type Answer, edgeOf } from "./answer.ts";
import { type ConnectOptions, RawConnection } from "./raw-connection.ts";

/** One request; what is left out is the simplest there is. */
export interface Ask extends ConnectOptions {
  readonly method?: string;
  readonly path?: string;
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

const MOST_TRIES = 200;

/** The bytes of a request, with Content-Length where it has a body. */
export function requestBytes({ method, path, host, headers, body }: Ask): Buffer {
  const lines = [
    `${method ?? "GET"} ${path ?? "/"} HTTP/1.1`,
    `Host: ${host ?? "api.example.com"}`,
  ];
  for (const [name, value] of Object.entries(headers ?? {})) lines.push(`${name}: ${value}`);
  const bytes = typeof body === "string" ? Buffer.from(body, "utf8") : body;
  if (bytes !== undefined) lines.push(`Content-Length: ${bytes.length}`);
  const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  return bytes === undefined ? head : Buffer.concat([head, bytes]);
}

/** Sends one request over a connection of its own. */
export async function ask(port: number, request: Ask = {}): Promise<Answer> {
  const connection = await RawConnection.open(port, request);
  try {
    return await askOver(connection, request);
  } finally {
    connection.close();
  }
}

/** Sends one request over `connection`, which stays open. */
export function askOver(connection: RawConnection, request: Ask = {}): Promise<Answer> {
  connection.send(requestBytes(request));
  return connection.answer(request.method);
}

/**
 * A connection to the edge of that number. The kernel spreads connections over the edges, so some
 * are opened and closed until one arrives there; each asks for a path that no API answers for.
 */
export async function connectToEdge(
  port: number,
  edge: number,
  options: ConnectOptions = {},
): Promise<RawConnection> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const connection = await RawConnection.open(port, options);
    const answer = await askOver(connection, { path: "/no-such-api", host: "nobody.example" });
    if (edgeOf(answer) === edge) return connection;
    connection.close();
  }
  throw new Error(`edge ${edge} got none of ${MOST_TRIES} connections`);
}

/** The same request to every edge; the answers in the order of the edges' numbers. */
export async function askEachEdge(
  port: number,
  request: Ask,
  edges: number = 2,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let edge = 1; edge <= edges; edge++) {
    const connection = await connectToEdge(port, edge, request);
    answers.push(await askOver(connection, request));
    connection.close();
  }
  return answers;
}
