import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";

import type { ListenSocket, Uws, UwsApp, UwsResponse } from "./uws.ts";

/** What fits into the engine's cork, which has 16 KiB, with room for what the engine adds. */
export const CORK_BYTES: number = 14 * 1024;

/**
 * Holds the engine's one cork while something else is written.
 *
 * The engine (20.30) warns on stderr about what is written outside a cork, and inside a response's own
 * cork it does two things wrong: it cuts some sockets while they are upgraded, and it loses a write
 * that does not fit into the cork when the socket cannot take what the cork holds. So upgrades and
 * large writes are made inside the cork of another response: one to a request that the edge has sent
 * itself, and that is never answered.
 */
export class CorkHolder {
  readonly #uws: Uws;
  readonly #app: UwsApp;
  readonly #client: Socket;
  readonly #path: string = `/${randomBytes(16).toString("hex")}`;
  #listening: ListenSocket | undefined = undefined;
  #response: UwsResponse | undefined = undefined;
  #isClosed = false;

  /** Listens on a loopback port until its own connection is there. */
  constructor(uws: Uws) {
    this.#uws = uws;
    this.#app = uws.App().any("/*", (res, req) => {
      if (req.getUrl() === this.#path) this.#take(res);
      else res.close();
    });
    this.#app.listen("127.0.0.1", 0, (socket) => {
      if (socket !== false) this.#listening = socket;
    });
    const port = this.#listening === undefined ? 0 : uws.us_socket_local_port(this.#listening);
    this.#client = connect(port, "127.0.0.1");
    this.#client.on("error", () => undefined);
    this.#client.write(`GET ${this.#path} HTTP/1.1\r\nHost: edge\r\n\r\n`);
  }

  /** Calls `run` at once; in the first milliseconds of an edge without the cork. */
  hold(run: () => void): void {
    if (this.#response === undefined) run();
    else this.#response.cork(run);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stopListening();
    this.#response = undefined;
    this.#client.destroy();
    this.#app.close();
  }

  #take(res: UwsResponse): void {
    this.#stopListening();
    this.#response = res;
    res.onAborted(() => {
      this.#response = undefined;
    });
  }

  #stopListening(): void {
    if (this.#listening !== undefined) this.#uws.us_listen_socket_close(this.#listening);
    this.#listening = undefined;
  }
}
