import { createServer, type IncomingMessage, type Server } from "node:http";

import { type ClientOptions, type ServerOptions, WebSocket, WebSocketServer } from "ws";

import type { Answer } from "./answer.ts";
import { atEnd } from "./cleanup.ts";
import { waitFor } from "./wait-for.ts";

/** How one side of a WebSocket saw it end. */
export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** A message as it arrived. */
export interface Message {
  readonly data: Buffer;
  readonly isBinary: boolean;
}

/** One side of a WebSocket that keeps what it gets. */
export class Peer {
  readonly socket: WebSocket;
  readonly messages: Message[] = [];
  /** Resolves when the connection is over. */
  readonly closed: Promise<Closed>;
  isClosed = false;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data: Buffer, isBinary) => this.messages.push({ data, isBinary }));
    socket.on("error", () => undefined);
    this.closed = new Promise((resolve) => {
      socket.on("close", (code, reason) => {
        this.isClosed = true;
        resolve({ code, reason: reason.toString("utf8") });
      });
    });
  }

  /** The messages as text, once there are `count`. */
  async texts(count: number): Promise<string[]> {
    await waitFor(
      `${count} messages`,
      () => this.messages.length >= count || this.isClosed,
      20_000,
    );
    return this.messages.map(({ data }) => data.toString("utf8"));
  }
}

/** A connection as the upstream has it. */
export interface UpstreamPeer extends Peer {
  readonly request: IncomingMessage;
}

class AcceptedPeer extends Peer implements UpstreamPeer {
  readonly request: IncomingMessage;

  constructor(socket: WebSocket, request: IncomingMessage) {
    super(socket);
    this.request = request;
  }
}

/** A WebSocket server as upstreams are; sends every message back unless told otherwise. */
export class WebSocketUpstream {
  readonly peers: UpstreamPeer[] = [];
  /** Connections that are open, with a handshake or without. */
  connections = 0;
  isEcho = true;
  readonly #server: Server = createServer((_request, answer) => {
    answer.end("plain");
  });

  static async start(options: ServerOptions = {}): Promise<WebSocketUpstream> {
    const upstream = new WebSocketUpstream();
    const server = upstream.#server;
    const sockets = new WebSocketServer({ server, maxPayload: 2 ** 30, ...options });
    server.on("connection", (socket) => {
      upstream.connections++;
      socket.on("close", () => upstream.connections--);
    });
    sockets.on("connection", (socket, request) => upstream.#take(socket, request));
    server.listen(0, "127.0.0.1");
    await waitFor("the upstream to listen", () => server.listening);
    atEnd(() => upstream.close());
    return upstream;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  /** The newest connection. */
  get last(): UpstreamPeer {
    const peer = this.peers.at(-1);
    if (peer === undefined) throw new Error("nobody has connected");
    return peer;
  }

  async close(): Promise<void> {
    for (const { socket } of this.peers) socket.terminate();
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #take(socket: WebSocket, request: IncomingMessage): void {
    this.peers.push(new AcceptedPeer(socket, request));
    socket.on("message", (data: Buffer, isBinary) => {
      if (this.isEcho) socket.send(data, { binary: isBinary });
    });
  }
}

export interface Connect extends ClientOptions {
  readonly path?: string;
  readonly host?: string;
  readonly protocols?: readonly string[];
  /** The address the client comes from. */
  readonly from?: string;
}

/** Opens a WebSocket; rejects with what it was answered instead. */
export async function connectSocket(port: number, options: Connect = {}): Promise<Peer> {
  const opened = await tryToConnect(port, options);
  if (opened instanceof Peer) return opened;
  throw new Error(`no WebSocket but ${opened.status} ${opened.text}`);
}

/** The status and the body of the answer to a handshake that was refused. */
export async function refusalOf(port: number, options: Connect = {}): Promise<Refused> {
  const opened = await tryToConnect(port, options);
  if (!(opened instanceof Peer)) return opened;
  opened.socket.terminate();
  throw new Error("a WebSocket was opened");
}

/** An answer to a handshake that is no 101; `status` 0: the connection was closed without one. */
export interface Refused extends Pick<Answer, "status" | "text"> {
  readonly headers: IncomingMessage["headers"];
}

function tryToConnect(port: number, options: Connect): Promise<Peer | Refused> {
  const { from, headers, host, path, protocols, ...rest } = options;
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path ?? "/chat"}`, [...(protocols ?? [])], {
    perMessageDeflate: false,
    ...rest,
    headers: { host: host ?? "api.example.com", ...headers },
    ...(from === undefined ? {} : { localAddress: from }),
  });
  atEnd(() => socket.terminate());
  const peer = new Peer(socket);
  return new Promise((resolve) => {
    socket.on("open", () => resolve(peer));
    socket.on("unexpected-response", (_request, answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (piece: string) => (text += piece));
      answer.on("end", () => {
        resolve({ status: answer.statusCode ?? 0, text, headers: answer.headers });
        socket.terminate();
      });
    });
    socket.on("error", () => resolve({ status: 0, text: "", headers: {} }));
  });
}
