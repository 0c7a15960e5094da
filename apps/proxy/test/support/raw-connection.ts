import { connect, type Socket } from "node:net";
import { connect as connectTls, type SecureVersion, TLSSocket } from "node:tls";

import { type Answer, readAnswer } from "./answer.ts";
import { atEnd } from "./cleanup.ts";

const ANSWER_LIMIT_MS = 10_000;
const open = new Set<Socket>();
let isCleanupDue = false;

export interface ConnectOptions {
  /** The address the client comes from: any of 127.0.0.0/8 is this machine. */
  readonly from?: string | undefined;
  /** Speaks TLS, and takes any certificate. */
  readonly tls?: TlsOptions | undefined;
}

export interface TlsOptions {
  /** The host that is asked for; none when left out. */
  readonly serverName?: string;
  /** The one version that is spoken. */
  readonly version?: SecureVersion;
}

/** One client connection, spoken to in bytes. */
export class RawConnection {
  readonly #socket: Socket;
  #pieces: Buffer[] = [];
  #isOver = false;
  /** The request line that was sent last, for messages. */
  #asked = "";
  #wake: (() => void) | undefined = undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (bytes) => {
      this.#pieces.push(bytes);
      this.#wake?.();
    });
    const over = (): void => {
      this.#isOver = true;
      this.#wake?.();
    };
    socket.on("end", over);
    socket.on("error", over);
    socket.on("close", () => {
      open.delete(socket);
      over();
    });
  }

  static open(port: number, { from, tls }: ConnectOptions = {}): Promise<RawConnection> {
    if (!isCleanupDue) atEnd(closeAll);
    isCleanupDue = true;
    return new Promise((resolve, reject) => {
      const plain = connect({ host: "127.0.0.1", port, localAddress: from ?? "127.0.0.1" });
      const socket = tls === undefined ? plain : secured(plain, tls);
      open.add(socket);
      plain.once("error", reject);
      socket.once("error", reject);
      socket.once(tls === undefined ? "connect" : "secureConnect", () => {
        plain.off("error", reject);
        socket.off("error", reject);
        resolve(new RawConnection(socket));
      });
    });
  }

  /** Whether the other side has closed. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The names on the certificate that the other side has shown. */
  get certificateNames(): string {
    return this.#socket instanceof TLSSocket
      ? (this.#socket.getPeerCertificate().subjectaltname ?? "")
      : "";
  }

  /** Strings are bytes (latin1). */
  send(bytes: string | Buffer): void {
    const sent = typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes;
    this.#asked = sent.toString("latin1", 0, 60).split("\r\n", 1)[0] ?? "";
    this.#socket.write(sent);
  }

  /** The next answer. `method` is that of the request it belongs to. */
  async answer(method: string = "GET", limitMs: number = ANSWER_LIMIT_MS): Promise<Answer> {
    const answer = await this.answerOrEnd(method, limitMs);
    if (answer !== undefined) return answer;
    throw new Error(`closed instead of an answer, after ${JSON.stringify(this.received())}`);
  }

  /** The next answer; `undefined`: the other side closed before it was complete. */
  async answerOrEnd(
    method: string = "GET",
    limitMs: number = ANSWER_LIMIT_MS,
  ): Promise<Answer | undefined> {
    for (const deadline = performance.now() + limitMs; ;) {
      const bytes = this.#joined();
      const read = readAnswer(bytes, method, this.#isOver);
      if (read !== undefined) {
        this.#pieces = [bytes.subarray(read.length)];
        return read.answer;
      }
      if (this.#isOver) return undefined;
      await this.#change(deadline, "an answer");
    }
  }

  /** Resolves when `holds` for the bytes received so far, or the other side has closed. */
  async until(holds: (received: string) => boolean, limitMs: number = 10_000): Promise<void> {
    for (const deadline = performance.now() + limitMs; !holds(this.received());) {
      if (this.#isOver) return;
      await this.#change(deadline, "bytes");
    }
  }

  /** Resolves when the other side has closed, to what was received and not read as an answer. */
  async end(limitMs: number = 20_000): Promise<string> {
    for (const deadline = performance.now() + limitMs; !this.#isOver;) {
      await this.#change(deadline, "the connection to be closed");
    }
    return this.received();
  }

  received(): string {
    return this.#joined().toString("latin1");
  }

  /** Reads nothing more for now: the other side has to wait. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#socket.destroy();
  }

  #joined(): Buffer {
    const [first] = this.#pieces;
    if (first !== undefined && this.#pieces.length === 1) return first;
    const bytes = Buffer.concat(this.#pieces);
    this.#pieces = [bytes];
    return bytes;
  }

  #change(deadline: number, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`waited in vain for ${what} after ${this.#asked}`)),
        Math.max(0, deadline - performance.now()),
      );
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
    });
  }
}

function secured(plain: Socket, { serverName, version }: TlsOptions): TLSSocket {
  return connectTls({
    socket: plain,
    rejectUnauthorized: false,
    // Or the versions that are to be refused could not even be asked for.
    ciphers: "DEFAULT:@SECLEVEL=0",
    ...(serverName !== undefined && { servername: serverName }),
    ...(version !== undefined && { minVersion: version, maxVersion: version }),
  });
}

function closeAll(): void {
  for (const socket of open) socket.destroy();
  isCleanupDue = false;
}
