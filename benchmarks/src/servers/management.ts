import { KeptConnection, type Reply } from "../latency/kept-connection.ts";
import type { Portcullis } from "./portcullis.ts";

/** Shorter than what a server keeps an unused connection for. */
const IDLE_LIMIT_MS = 2000;

/** The management API of a proxy over a kept-alive connection, a new one after a pause. */
export class Management {
  readonly #proxy: Portcullis;
  #connection: KeptConnection;
  #usedAtMs = performance.now();

  private constructor(proxy: Portcullis, connection: KeptConnection) {
    this.#proxy = proxy;
    this.#connection = connection;
  }

  static async open(proxy: Portcullis): Promise<Management> {
    return new Management(proxy, await KeptConnection.open(proxy.managementPort));
  }

  /** Sends a command, which must succeed; `path` is below `/v4/ase`. */
  async command(method: string, path: string, json: unknown): Promise<Reply> {
    if (performance.now() - this.#usedAtMs > IDLE_LIMIT_MS) {
      this.#connection.close();
      this.#connection = await KeptConnection.open(this.#proxy.managementPort);
    }
    const body = JSON.stringify(json);
    const reply = await this.#connection.ask(
      [
        `${method} /v4/ase${path} HTTP/1.1`,
        "host: 127.0.0.1",
        "x-ase-access-key: admin",
        `x-ase-secret-key: ${this.#proxy.secret}`,
        "content-type: application/json",
        `content-length: ${Buffer.byteLength(body)}`,
        "",
        body,
      ].join("\r\n"),
    );
    this.#usedAtMs = performance.now();
    if (reply.status !== 200) {
      throw new TypeError(`${method} ${path}: ${reply.status} ${reply.body}`);
    }
    return reply;
  }

  /** Denies a token by hand. */
  deny(token: string): Promise<Reply> {
    return this.command("POST", "/firewall/blacklist", { type: "token", value: token });
  }

  /** Takes a token off the deny list. */
  undeny(token: string): Promise<Reply> {
    return this.command("DELETE", "/firewall/blacklist", { type: "token", value: token });
  }

  close(): void {
    this.#connection.close();
  }
}
