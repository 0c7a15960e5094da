import type { AddressInfo } from "node:net";

import { type ServerType, serve } from "@hono/node-server";
import type { Hono } from "hono";

import { ListenError } from "../errors.ts";

/** A listening HTTP server of the control plane. */
export interface HttpListener {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves `app`. Rejects with `ListenError` where the address cannot be listened on. */
export function listen(what: string, app: Hono, host: string, port: number): Promise<HttpListener> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: host, port }, (info: AddressInfo) => {
      resolve({ port: info.port, close: () => close(server) });
    });
    server.once("error", (error) => reject(new ListenError(what, host, port, error)));
  });
}

function close(server: ServerType): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    if ("closeAllConnections" in server) server.closeAllConnections();
  });
}
