import type {
  ListenSocket,
  UpgradeContext,
  Uws,
  UwsApp,
  UwsRequest,
  UwsResponse,
  UwsWebSocketBehavior,
} from "./uws.ts";
import type { SessionHolder } from "./websocket/session.ts";

/** What a server does with its requests. */
export interface RequestHandler {
  /** `context`: the engine can make it a WebSocket. */
  handle(res: UwsResponse, req: UwsRequest, context: UpgradeContext | undefined): void;
  /** How the engine treats WebSockets whose requests go to `upgrade`. */
  readonly webSockets: (
    upgrade: (res: UwsResponse, req: UwsRequest, context: UpgradeContext) => void,
  ) => UwsWebSocketBehavior<SessionHolder>;
  /** Told what `handle` threw; it cost that one connection. */
  onError(error: unknown): void;
}

/** The listening side of one edge: one engine, one port, shared with the other edges by the kernel. */
export class SocketServer {
  readonly #uws: Uws;
  readonly #app: UwsApp;
  #socket: ListenSocket | undefined = undefined;
  #isClosed = false;

  /** `app` is one of `uws`, with its routes; see `routeAll`. */
  constructor(uws: Uws, app: UwsApp) {
    this.#uws = uws;
    this.#app = app;
  }

  /** Listens and returns the port, which matters where 0 was asked for; `undefined`: it cannot. */
  listen(host: string, port: number): number | undefined {
    if (port !== 0) return this.#bind(host, port);
    // The engine lets other edges share a port only if it was named one: so a free one is found first.
    const free = this.#bind(host, 0);
    this.stopListening();
    return free === undefined ? undefined : this.#bind(host, free);
  }

  #bind(host: string, port: number): number | undefined {
    // The engine calls back before `listen` returns.
    this.#app.listen(host, port, (socket) => {
      if (socket !== false) this.#socket = socket;
    });
    return this.#socket === undefined ? undefined : this.#uws.us_socket_local_port(this.#socket);
  }

  /** Accepts no new connection; those that are open go on. */
  stopListening(): void {
    if (this.#socket !== undefined) this.#uws.us_listen_socket_close(this.#socket);
    this.#socket = undefined;
  }

  /** Closes every socket. Needed before the thread ends, however it ends. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket = undefined;
    this.#app.close();
  }
}

/**
 * Gives every request of `app` to `handler`. What it throws would end the process, so it costs the
 * one connection instead.
 */
export function routeAll(app: UwsApp, handler: RequestHandler): UwsApp {
  const handle = (res: UwsResponse, req: UwsRequest, context: UpgradeContext | undefined): void => {
    try {
      handler.handle(res, req, context);
    } catch (error) {
      handler.onError(error);
      closeQuietly(res);
    }
  };
  return app
    .ws("/*", handler.webSockets(handle))
    .any("/*", (res, req) => handle(res, req, undefined));
}

function closeQuietly(res: UwsResponse): void {
  try {
    res.close();
  } catch {
    // It was answered before the error, and the engine refuses a second word.
  }
}
