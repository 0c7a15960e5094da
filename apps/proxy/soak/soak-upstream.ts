import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

import { WebSocketServer } from "ws";

import { atEnd } from "../test/support/cleanup.ts";
import { StreamCheck, streamSlice } from "../test/support/streams.ts";
import { waitFor } from "../test/support/wait-for.ts";
import { drained } from "./drained.ts";
import { numberOf } from "./ledger.ts";

const PIECE = 64 * 1024;
const SLOW_MS = 300;

type Act = (request: IncomingMessage, answer: ServerResponse) => void;

/** What the upstream does, by the second segment of the path; with anything else it says hello. */
const ACTS: ReadonlyMap<string, Act> = new Map<string, Act>([
  ["upload", (request, answer) => void receive(request, answer)],
  ["download", (request, answer) => void send(request, answer)],
  ["slow", (_request, answer) => setTimeout(() => answer.end("late"), SLOW_MS)],
  ["hang", () => undefined],
  ["half", (_request, answer) => answer.writeHead(200, { "content-length": 10 }).write("half")],
  ["reset", ({ socket }) => socket.resetAndDestroy()],
  ["garbage", ({ socket }) => socket.end("this is no HTTP\r\n\r\n")],
  ["twice", ({ socket }) => socket.write(`${TWICE}${TWICE}`)],
  ["leave", ({ socket }) => socket.end(TWICE.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"))],
]);

const TWICE = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

/** An upstream that does what the path asks for, well or badly, and counts what it reads. */
export class SoakUpstream {
  /** How often each request was read, by its number. */
  readonly read: Map<number, number> = new Map();
  readonly sockets: Set<Duplex> = new Set();
  readonly #server: Server = createServer((request, answer) => this.#handle(request, answer));

  static async start(): Promise<SoakUpstream> {
    const upstream = new SoakUpstream();
    const server = upstream.#server;
    const webSockets = new WebSocketServer({ server });
    server.on("connection", (socket) => {
      upstream.sockets.add(socket);
      socket.on("close", () => upstream.sockets.delete(socket));
    });
    webSockets.on("connection", (socket, { url }) => {
      upstream.#count(url);
      socket.on("error", () => undefined);
      socket.on("message", (data: Buffer, isBinary) => socket.send(data, { binary: isBinary }));
    });
    server.keepAliveTimeout = 6000;
    server.listen(0, "127.0.0.1");
    await waitFor("the upstream to listen", () => server.listening);
    atEnd(() => {
      server.closeAllConnections();
      server.close();
    });
    return upstream;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  #handle(request: IncomingMessage, answer: ServerResponse): void {
    this.#count(request.url);
    request.on("error", () => undefined);
    const act = ACTS.get(request.url?.split("/")[2] ?? "");
    if (act === undefined) request.resume().on("end", () => answer.end("hello"));
    else act(request, answer);
  }

  #count(url: string = ""): void {
    const number = numberOf(url);
    this.read.set(number, (this.read.get(number) ?? 0) + 1);
  }
}

async function receive(request: IncomingMessage, answer: ServerResponse): Promise<void> {
  const check = new StreamCheck();
  try {
    for await (const piece of request) check.take(piece);
  } catch {
    return;
  }
  answer.end(check.isRight ? String(check.length) : "wrong");
}

async function send(request: IncomingMessage, answer: ServerResponse): Promise<void> {
  const [, , , length = "", framing] = request.url?.split("/") ?? [];
  if (framing === "sized") answer.setHeader("content-length", length);
  for (let at = 0; at < Number(length) && !answer.destroyed; at += PIECE) {
    const piece = streamSlice(at, Math.min(PIECE, Number(length) - at));
    if (!answer.write(piece)) await drained(answer);
  }
  answer.end();
}
