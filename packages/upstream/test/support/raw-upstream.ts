import { createServer, type Server, type Socket } from "node:net";

/** What a raw upstream does with each piece of bytes that a connection sends. */
export type Script = (socket: Socket, bytes: Buffer, upstream: RawUpstream) => void;

/** A server on a loopback port that says exactly what a test wants said. */
export class RawUpstream {
  /** Connections accepted so far. */
  accepted = 0;
  /** Everything received, over all connections. */
  received = "";
  readonly sockets: Set<Socket> = new Set();
  private readonly server: Server;
  private waiters: (() => void)[] = [];

  constructor(script: Script, server: Server = createServer()) {
    this.server = server;
    this.server.on("tlsClientError", () => this.changed());
    this.server.on("listening", () => this.changed());
    this.server.on("connection", (socket) => this.track(socket));
    const event = server.listenerCount("secureConnection") > 0 ? "secureConnection" : "connection";
    this.server.on(event, (socket: Socket) => {
      socket.on("error", () => undefined);
      socket.on("data", (bytes) => {
        if (this.received.length < 100_000) this.received += bytes.toString("latin1");
        script(socket, bytes, this);
        this.changed();
      });
    });
  }

  get port(): number {
    const address = this.server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  async listen(port = 0, host = "127.0.0.1"): Promise<number> {
    this.server.listen(port, host);
    await this.until(() => this.server.listening);
    return this.port;
  }

  /** Resolves as soon as `holds`, looked at whenever a connection opens, closes or sends. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        this.waiters.push(resolve);
      });
    }
  }

  /** Resolves when every connection has been closed: none leaked. */
  async drained(): Promise<void> {
    await this.until(() => this.sockets.size === 0);
  }

  /** Hangs up on everybody at once, without having read what they sent. */
  hangUp(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** Takes no new connections. */
  refuse(): void {
    this.server.close();
  }

  close(): void {
    this.refuse();
    this.hangUp();
  }

  private track(socket: Socket): void {
    this.accepted++;
    this.sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.sockets.delete(socket);
      this.changed();
    });
    this.changed();
  }

  private changed(): void {
    const { waiters } = this;
    this.waiters = [];
    for (const wake of waiters) wake();
  }
}
