import { connect, type Socket } from "node:net";

/** An answer and when its last byte was here. */
export interface Reply {
  readonly status: number;
  readonly head: string;
  readonly body: string;
  /** By `performance.now`. */
  readonly at: number;
}

const HEAD_END = "\r\n\r\n";

/** A kept-alive connection that carries one request at a time; answers must have a Content-Length. */
export class KeptConnection {
  readonly #socket: Socket;
  #received = "";
  #waiting: { resolve: (reply: Reply) => void; reject: (error: Error) => void } | undefined =
    undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => this.#take(text));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(new TypeError("the connection was closed")));
  }

  static open(port: number): Promise<KeptConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        resolve(new KeptConnection(socket));
      });
    });
  }

  /** Sends a request and resolves to its answer. */
  ask(bytes: string): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) {
        reject(new TypeError("the connection was closed before"));
        return;
      }
      this.#waiting = { resolve, reject };
      this.#socket.write(bytes, "latin1");
    });
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #take(text: string): void {
    this.#received += text;
    const reply = readReply(this.#received, performance.now());
    if (reply === undefined) return;
    this.#received = "";
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(reply);
  }

  #fail(error: Error): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.reject(error);
  }
}

/** The one answer in `text`; `undefined` while it is not complete. */
export function readReply(text: string, at: number): Reply | undefined {
  const end = text.indexOf(HEAD_END);
  if (end === -1) return undefined;
  const head = text.slice(0, end);
  const length = /^content-length: *(\d+)$/im.exec(head);
  if (length === null) throw new TypeError(`an answer without a length: ${head}`);
  const start = end + HEAD_END.length;
  if (text.length < start + Number(length[1])) return undefined;
  return { status: Number(head.slice(9, 12)), head, body: text.slice(start), at };
}
