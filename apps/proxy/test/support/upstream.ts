import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";

import { headerOf, readChunks } from "./answer.ts";
import type { TestCertificate } from "./certificates.ts";
import { atEnd } from "./cleanup.ts";
import { waitFor } from "./wait-for.ts";

/** One request as the upstream read it. */
export interface ReceivedRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
  /** The head byte for byte. */
  readonly head: string;
  /** Which connection it came over, counted from 0. */
  readonly connection: number;
}

/** What is done with a request that has been read whole. A string is sent as bytes (latin1). */
export type Respond = (request: ReceivedRequest, socket: Socket) => string | Buffer | undefined;

/** A small answer that keeps the connection. */
export function plainAnswer(body: string, extra: string = "", status: string = "200 OK"): string {
  return `HTTP/1.1 ${status}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${extra}\r\n${body}`;
}

/** A server that keeps exactly the bytes it reads, and answers what a test wants answered. */
export class Upstream {
  /** Every byte read, by connection. */
  readonly streams: Buffer[][] = [];
  readonly requests: ReceivedRequest[] = [];
  readonly sockets: Set<Socket> = new Set();
  respond: Respond = () => plainAnswer("hello");
  /** Told of every piece as it comes, before it is read as a request. */
  onBytes: (bytes: Buffer, socket: Socket) => void = () => undefined;
  /** Off: requests stay what they are, bytes. */
  readsRequests = true;
  readonly #server: Server;

  private constructor(certificate: TestCertificate | undefined) {
    const take = (socket: Socket): void => this.#take(socket);
    this.#server =
      certificate === undefined ? createServer(take) : createTlsServer({ ...certificate }, take);
  }

  /** With a certificate it speaks TLS. `port`: where it was before, or any that is free. */
  static async start(certificate?: TestCertificate, port: number = 0): Promise<Upstream> {
    const upstream = new Upstream(certificate);
    upstream.#server.listen(port, "127.0.0.1");
    await waitFor("the upstream to listen", () => upstream.#server.listening);
    atEnd(() => upstream.close());
    return upstream;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  /** Connections accepted so far. */
  get accepted(): number {
    return this.streams.length;
  }

  /** Everything read so far, over all connections, as latin1. */
  allBytes(): string {
    return this.streams.map((stream) => Buffer.concat(stream).toString("latin1")).join("");
  }

  /** Forgets what was received. Connections stay. */
  forget(): void {
    this.requests.length = 0;
    for (const stream of this.streams) stream.length = 0;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    if (!this.#server.listening) return;
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #take(socket: Socket): void {
    const connection = this.streams.length;
    this.streams.push([]);
    this.sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    socket.on("close", () => this.sockets.delete(socket));
    let pending: Buffer[] = [];
    socket.on("data", (bytes) => {
      this.streams[connection]?.push(bytes);
      this.onBytes(bytes, socket);
      if (!this.readsRequests) return;
      pending.push(bytes);
      pending = this.#read(pending, connection, socket);
    });
  }

  #read(pending: Buffer[], connection: number, socket: Socket): Buffer[] {
    let pieces = pending;
    for (;;) {
      const read = readRequest(pieces, connection);
      if (read === undefined) return pieces;
      this.requests.push(read.request);
      const answer = this.respond(read.request, socket);
      if (answer !== undefined && !socket.destroyed) {
        socket.write(typeof answer === "string" ? Buffer.from(answer, "latin1") : answer);
      }
      pieces = [read.rest];
    }
  }
}

function readRequest(
  pieces: Buffer[],
  connection: number,
): { readonly request: ReceivedRequest; readonly rest: Buffer } | undefined {
  if (isShort(pieces)) return undefined;
  const bytes = Buffer.concat(pieces);
  pieces.splice(0, pieces.length, bytes);
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd === -1) return undefined;
  const head = bytes.toString("latin1", 0, headEnd + 4);
  const [first = "", ...lines] = head.slice(0, -4).split("\r\n");
  const [method = "", target = ""] = first.split(" ");
  const headers = lines.map((line): readonly [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  const body = readBody(bytes, headEnd + 4, headers);
  if (body === undefined) return undefined;
  return {
    request: { method, target, headers, body: body.bytes, head, connection },
    rest: bytes.subarray(body.end),
  };
}

/** Whether a long body is known to be incomplete, so that its pieces need not be joined to see. */
function isShort(pieces: readonly Buffer[]): boolean {
  const [first] = pieces;
  if (first === undefined || pieces.length < 2) return false;
  const headEnd = first.indexOf("\r\n\r\n");
  if (headEnd === -1) return false;
  const head = first.toString("latin1", 0, headEnd);
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (length === undefined) {
    return pieces.at(-1)?.subarray(-5).toString("latin1") !== "0\r\n\r\n";
  }
  const got = pieces.reduce((total, piece) => total + piece.length, 0);
  return got < headEnd + 4 + Number(length);
}

function readBody(
  bytes: Buffer,
  start: number,
  headers: ReceivedRequest["headers"],
): { readonly bytes: Buffer; readonly end: number } | undefined {
  if (headerOf({ headers }, "transfer-encoding") === "chunked") return readChunks(bytes, start);
  const end = start + Number(headerOf({ headers }, "content-length") ?? 0);
  return bytes.length < end ? undefined : { bytes: bytes.subarray(start, end), end };
}
