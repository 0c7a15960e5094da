import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Socket } from "node:net";

import { atEnd } from "./cleanup.ts";
import { waitFor } from "./wait-for.ts";

/** One request as llhttp read it. */
export interface ParsedRequest {
  readonly method: string;
  readonly target: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** Counted over all connections in the order in which their heads came. */
  readonly order: number;
  /** As far as it came (latin1). */
  body: string;
  /** Whether all of it came. */
  isComplete: boolean;
}

/** Everything that came over one connection: the bytes, and what llhttp made of them. */
export interface UpstreamStream {
  readonly bytes: Buffer[];
  readonly requests: ParsedRequest[];
  /** What llhttp could not read. */
  readonly errors: string[];
}

/** A server with the strict parser of node:http, which keeps what it read, and the bytes besides. */
export class StrictUpstream {
  readonly streams: UpstreamStream[] = [];
  readonly #bySocket: Map<Socket, UpstreamStream> = new Map();
  #requests = 0;
  readonly #server: Server = createServer({ insecureHTTPParser: false, keepAliveTimeout: 0 });

  static async start(): Promise<StrictUpstream> {
    const upstream = new StrictUpstream();
    upstream.#listen();
    await waitFor("the upstream to listen", () => upstream.#server.listening);
    atEnd(() => upstream.close());
    return upstream;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    if (!this.#server.listening) return;
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #listen(): void {
    const server = this.#server;
    server.on("connection", (socket: Socket) => {
      const stream: UpstreamStream = { bytes: [], requests: [], errors: [] };
      this.streams.push(stream);
      this.#bySocket.set(socket, stream);
      socket.on("data", (bytes: Buffer) => stream.bytes.push(bytes));
    });
    server.on("request", (incoming, outgoing) => {
      this.#record(incoming);
      incoming.on("end", () => outgoing.end("ok"));
    });
    server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
      for (const [each, stream] of this.#bySocket) {
        if (each === socket) stream.errors.push(error.code ?? error.message);
      }
      socket.destroy();
    });
    server.listen(0, "127.0.0.1");
  }

  #record(incoming: IncomingMessage): void {
    const request: ParsedRequest = {
      method: incoming.method ?? "",
      target: incoming.url ?? "",
      fields: pairsOf(incoming.rawHeaders),
      order: this.#requests++,
      body: "",
      isComplete: false,
    };
    this.#bySocket.get(incoming.socket)?.requests.push(request);
    incoming.setEncoding("latin1");
    incoming.on("data", (text: string) => (request.body += text));
    incoming.on("end", () => (request.isComplete = true));
    incoming.on("error", () => undefined);
  }
}

function pairsOf(raw: readonly string[]): (readonly [string, string])[] {
  return raw.flatMap((name, index) =>
    index % 2 === 0 ? [[name.toLowerCase(), raw[index + 1] ?? ""] as const] : [],
  );
}
