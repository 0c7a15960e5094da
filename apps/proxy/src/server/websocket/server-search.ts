import type { IncomingMessage } from "node:http";

import type { CompiledApi } from "@portcullis/core";
import { refusedFault, type ServerPlace, type UpstreamFault } from "@portcullis/upstream";
import type { WebSocket } from "ws";

import type { Upstreams } from "../upstreams.ts";
import {
  type Refusal,
  UpstreamHandshake,
  type UpstreamHandshakeHandler,
  type UpstreamHandshakeOptions,
} from "./upstream-handshake.ts";

/** Servers that one handshake may try, as one request may. */
const MOST_TRIES = 3;

export interface ServerSearchOptions extends Pick<
  UpstreamHandshakeOptions,
  "isCompressed" | "maxMessageBytes" | "protocols" | "target"
> {
  readonly upstreams: Upstreams;
  readonly api: CompiledApi;
  /** See `ServerGroup.request`. */
  readonly stickiness: number;
  /** The header lines for a server of that name. */
  readonly fieldsFor: (authority: string) => string;
}

/** Told once how a search ended, unless it was aborted. */
export interface ServerSearchHandler {
  /** A server has agreed. Its place is the handler's to give back. */
  onOpen(socket: WebSocket, answer: IncomingMessage, protocol: string, place: ServerPlace): void;
  onRefused(refusal: Refusal): void;
  onFailed(status: 502 | 504, label: string): void;
}

/** Opens a WebSocket with one of an API's servers: with another one if one cannot be reached. */
export class ServerSearch implements UpstreamHandshakeHandler {
  readonly #options: ServerSearchOptions;
  readonly #handler: ServerSearchHandler;
  /** Places that were tried; the last one is held. */
  readonly #tried: ServerPlace[] = [];
  #handshake: UpstreamHandshake | undefined = undefined;

  constructor(options: ServerSearchOptions, handler: ServerSearchHandler) {
    this.#options = options;
    this.#handler = handler;
  }

  /**
   * Asks a server, or says why none can be asked. Throws, and holds no place, for a header that
   * node:http does not send.
   */
  begin(): UpstreamFault | undefined {
    const { api, fieldsFor, stickiness, upstreams, ...rest } = this.#options;
    const place = upstreams.claim(api, stickiness, this.#tried);
    if (!("release" in place)) return place;
    this.#tried.push(place);
    const { authority, host, port } = place;
    const fields = fieldsFor(authority);
    try {
      const options = { ...rest, ...upstreams.mannerOf(api), host, port, fields };
      this.#handshake = new UpstreamHandshake(options, this);
      return undefined;
    } catch (error) {
      place.release("aborted");
      throw error;
    }
  }

  /** The client has gone. */
  abort(): void {
    this.#handshake?.abort();
    this.#tried.at(-1)?.release("aborted");
  }

  onOpen(socket: WebSocket, answer: IncomingMessage, protocol: string): void {
    const place = this.#tried.at(-1);
    if (place !== undefined) this.#handler.onOpen(socket, answer, protocol, place);
  }

  onRefused(refusal: Refusal): void {
    this.#tried.at(-1)?.release("answered");
    this.#handler.onRefused(refusal);
  }

  onFailed(status: 502 | 504, label: string, isReached: boolean): void {
    this.#tried.at(-1)?.release(isReached ? "aborted" : refusedFault(label));
    // Nothing has been sent, so another server may be asked.
    const mayGoOn = !isReached && this.#tried.length < MOST_TRIES;
    if (mayGoOn && this.begin() === undefined) return;
    this.#handler.onFailed(status, label);
  }
}
