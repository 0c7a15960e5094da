import { KeptConnection, type Reply } from "../latency/kept-connection.ts";
import { type Portcullis } from "./portcullis.ts";

/** The management API of a proxy over a kept-alive connection. */
export class Management {
  readonly #connection: KeptConnection;
  readonly #secret: string;

  private constructor(connection: KeptConnection, secret: string) {
    this.#connection = connection;
    this.#secret = secret;
  }

  static async open({ managementPort, secret }: Portcullis): Promise<Management> {
    return new Management(await KeptConnection.open(managementPort), secret);
  }

  /** Sends a command, which must succeed; `path` is below `/v4/ase`. */
  async command(method: string, path: string, json: unknown): Promise<Reply> {
    const body = JSON.stringify(json);
    const reply = await this.#connection.ask(
      [
        `${method} /v4/ase${path} HTTP/1.1`,
        "host: 127.0.0.1",
        "x-ase-access-key: admin",
        `x-ase-secret-key: ${this.#secret}`,
        "content-type: application/json",
        `content-length: ${Buffer.byteLength(body)}`,
        "",
        body,
      ].join("\r\n"),
    );
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
