import { isNamedIn, type RequestView } from "@portcullis/core";

import type { UwsRequest } from "../uws.ts";

/** What a client asked for in its opening handshake (RFC 6455, 4.1). */
export interface ClientHandshake {
  readonly key: string;
  readonly version: string;
  /** The sub-protocols it offers, in its order of preference. */
  readonly protocols: readonly string[];
  /** Its Sec-WebSocket-Extensions, for the engine to negotiate on this hop. */
  readonly extensions: string;
}

/** 16 bytes in base64. */
const KEY = /^[A-Za-z0-9+/]{22}==$/;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const PREFIX = "sec-websocket-";

/**
 * Whether a request that has been read asks for a WebSocket. Any other upgrade is not taken up: its
 * fields are dropped on the way (RFC 9110, 7.8), and what is left is a request of HTTP.
 */
export function asksForWebSocket(view: RequestView, req: UwsRequest): boolean {
  return (
    view.connection !== "" &&
    view.method === "GET" &&
    isNamedIn(view.connection, "upgrade") &&
    isNamedIn(req.getHeader("upgrade"), "websocket")
  );
}

/**
 * Reads the handshake of a request that `asksForWebSocket`; `undefined`: it is not well-formed.
 *
 * A body is refused too: whoever reads it as the first frames reads another message than we do.
 */
export function readClientHandshake(
  view: RequestView,
  req: UwsRequest,
): ClientHandshake | undefined {
  const fields = new Map<string, string>();
  let isRepeated = false;
  req.forEach((name, value) => {
    if (!name.startsWith(PREFIX)) return;
    const before = fields.get(name);
    // A list may come in several fields (RFC 6455, 11.3.4); a key or a version may not.
    const isList = name === "sec-websocket-protocol" || name === "sec-websocket-extensions";
    if (before !== undefined && !isList) isRepeated = true;
    fields.set(name, before === undefined ? value : `${before},${value}`);
  });
  const key = fields.get("sec-websocket-key") ?? "";
  const protocols = readProtocols(fields.get("sec-websocket-protocol"));
  if (isRepeated || view.hasBody() || !KEY.test(key) || protocols === undefined) return undefined;
  return {
    key,
    version: fields.get("sec-websocket-version") ?? "",
    protocols,
    extensions: fields.get("sec-websocket-extensions") ?? "",
  };
}

/** Tokens, each once; `undefined` for anything else. */
function readProtocols(field: string | undefined): readonly string[] | undefined {
  if (field === undefined) return [];
  const protocols = field.split(",").map((each) => each.trim());
  const isGood =
    protocols.every((each) => TOKEN.test(each)) && new Set(protocols).size === protocols.length;
  return isGood ? protocols : undefined;
}
