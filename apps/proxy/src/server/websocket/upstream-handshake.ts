import {
  type ClientRequest,
  type IncomingMessage,
  validateHeaderName,
  validateHeaderValue,
} from "node:http";
import type { SecureContext } from "node:tls";

import { secureContextOf, type UpstreamTlsOptions } from "@portcullis/upstream";
import { type ClientOptions, WebSocket } from "ws";

/** Bytes of a refusal's body that are passed on; of a longer one, none. */
const REFUSAL_BYTES = 64 * 1024;
/** How long an upstream may take to end a connection that has been closed from here. */
const CLOSE_TIMEOUT_MS = 2_000;
/** Messages under this are not worth their compression. */
const COMPRESS_FROM = 1024;

/** What `ws` hands on to node:tls, or takes, and its typings leave out. */
interface HandshakeOptions extends ClientOptions {
  readonly closeTimeout: number;
  readonly secureContext?: SecureContext;
}

/** Where and how a WebSocket is opened towards an upstream. */
export interface UpstreamHandshakeOptions {
  readonly host: string;
  readonly port: number;
  /** How to verify the server; `undefined`: it speaks plain WebSocket. */
  readonly tls: UpstreamTlsOptions | undefined;
  /** The request target, sent byte for byte. */
  readonly target: string;
  /** Header lines, each with its CRLF, one char a byte; without those of the handshake itself. */
  readonly fields: string;
  /** The sub-protocols the client offers. */
  readonly protocols: readonly string[];
  /** Whether to offer compression on this hop. */
  readonly isCompressed: boolean;
  readonly maxMessageBytes: number;
  readonly connectMs: number;
  readonly firstByteMs: number;
}

/** An upstream's ordinary answer to a handshake. */
export interface Refusal {
  readonly status: number;
  readonly phrase: string;
  /** Names and values in turns, as they came. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

/** Told once how a handshake ended, unless it was aborted. */
export interface UpstreamHandshakeHandler {
  /** The upstream has agreed. Nothing it sends is lost if listeners are attached before this returns. */
  onOpen(socket: WebSocket, answer: IncomingMessage, protocol: string): void;
  onRefused(refusal: Refusal): void;
  /** `label` says what went wrong, for logs; `isReached`: not before there was a connection. */
  onFailed(status: 502 | 504, label: string, isReached: boolean): void;
}

/**
 * The opening handshake with an upstream. The client gets its 101 only after this one is verified:
 * the status, Sec-WebSocket-Accept, and that what was agreed on is what the client had offered.
 */
export class UpstreamHandshake {
  readonly #options: UpstreamHandshakeOptions;
  readonly #handler: UpstreamHandshakeHandler;
  readonly #fields: ReadonlyMap<string, readonly string[]>;
  readonly #socket: WebSocket;
  #timer: NodeJS.Timeout;
  #answer: IncomingMessage | undefined = undefined;
  #protocol = "";
  #isOver = false;
  /** There was a connection, and a TLS session if there is to be one. */
  #isReached = false;

  /** Starts it. Throws, and starts nothing, for a header that node:http does not send. */
  constructor(options: UpstreamHandshakeOptions, handler: UpstreamHandshakeHandler) {
    this.#options = options;
    this.#handler = handler;
    this.#fields = readFields(options);
    this.#socket = new WebSocket(urlOf(options), this.#clientOptions());
    this.#timer = this.#startTimer(options.connectMs, "connect-timeout");
    this.#socket.on("upgrade", (answer) => this.#onUpgrade(answer));
    this.#socket.on("unexpected-response", (_request, answer) => this.#onRefused(answer));
    this.#socket.on("error", (error) => this.#fail(502, labelOf(error)));
    this.#socket.on("open", () => this.#onOpen());
  }

  /** The client has gone: the upstream's connection is closed, and nobody is told. */
  abort(): void {
    this.#end();
    this.#socket.terminate();
  }

  #clientOptions(): HandshakeOptions {
    const { isCompressed, maxMessageBytes, tls } = this.#options;
    return {
      maxPayload: maxMessageBytes,
      perMessageDeflate: isCompressed && {
        // No window is kept between messages: it would cost memory for every open socket.
        clientNoContextTakeover: true,
        serverNoContextTakeover: true,
        threshold: COMPRESS_FROM,
      },
      closeTimeout: CLOSE_TIMEOUT_MS,
      ...(tls && { secureContext: secureContextOf(tls) }),
      finishRequest: (request) => this.#send(request),
    };
  }

  #send(request: ClientRequest): void {
    // The target was checked as it is; a URL object would spell it anew.
    request.path = this.#options.target;
    for (const [name, values] of this.#fields) request.setHeader(name, values);
    request.once("socket", (socket) => {
      socket.once(this.#options.tls === undefined ? "connect" : "secureConnect", () => {
        if (this.#isOver) return;
        this.#isReached = true;
        clearTimeout(this.#timer);
        this.#timer = this.#startTimer(this.#options.firstByteMs, "head-timeout");
      });
    });
    request.end();
  }

  #startTimer(limitMs: number, label: string): NodeJS.Timeout {
    return setTimeout(() => {
      this.#fail(504, label);
      this.#socket.terminate();
    }, limitMs);
  }

  /** Before `ws` verifies the answer by itself. */
  #onUpgrade(answer: IncomingMessage): void {
    const protocol = answer.headers["sec-websocket-protocol"];
    const isAgreed = protocol === undefined || this.#options.protocols.includes(protocol);
    if (this.#isOver || answer.statusCode !== 101 || !isAgreed) {
      this.#fail(502, "bad-handshake");
      this.#socket.terminate();
      return;
    }
    this.#answer = answer;
    this.#protocol = protocol ?? "";
    // Verified here, and `ws` was not told what had been offered.
    delete answer.headers["sec-websocket-protocol"];
  }

  #onOpen(): void {
    if (this.#isOver || this.#answer === undefined) {
      this.#socket.terminate();
      return;
    }
    this.#end();
    this.#handler.onOpen(this.#socket, this.#answer, this.#protocol);
  }

  #onRefused(answer: IncomingMessage): void {
    // A 101 without an Upgrade field: whoever got it passed on would take it for a tunnel.
    if ((answer.statusCode ?? 0) < 200) {
      this.#fail(502, "bad-handshake");
      this.#socket.terminate();
      return;
    }
    const pieces: Buffer[] = [];
    let length = 0;
    const finish = (body: Buffer): void => {
      if (this.#isOver) return;
      this.#end();
      const { rawHeaders, statusCode, statusMessage } = answer;
      this.#handler.onRefused({
        status: statusCode ?? 502,
        phrase: statusMessage ?? "",
        rawHeaders,
        body,
      });
      this.#socket.terminate();
    };
    answer.on("data", (piece: Buffer) => {
      length += piece.length;
      if (length <= REFUSAL_BYTES) pieces.push(piece);
      else finish(Buffer.alloc(0));
    });
    answer.on("end", () => finish(Buffer.concat(pieces)));
    answer.on("error", () => this.#fail(502, "reset"));
  }

  #fail(status: 502 | 504, label: string): void {
    if (this.#isOver) return;
    this.#end();
    this.#handler.onFailed(status, label, this.#isReached);
  }

  #end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }
}

function urlOf({ host, port, tls }: UpstreamHandshakeOptions): string {
  return `${tls === undefined ? "ws" : "wss"}://${host.includes(":") ? `[${host}]` : host}:${port}/`;
}

/** The values of each header, in order. */
function readFields({ fields, protocols }: UpstreamHandshakeOptions): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const line of fields.split("\r\n")) {
    const colon = line.indexOf(": ");
    if (colon === -1) continue;
    const name = line.slice(0, colon);
    const value = line.slice(colon + 2);
    validateHeaderName(name);
    validateHeaderValue(name, value);
    const before = values.get(name);
    if (before === undefined) values.set(name, [value]);
    else before.push(value);
  }
  // Offered as a header and not by name: `ws` would refuse an upstream that picks none, which the
  // client may well accept (RFC 6455, 4.1).
  if (protocols.length > 0) values.set("sec-websocket-protocol", [protocols.join(", ")]);
  return values;
}

/** What a system or TLS error is known by; a handshake that `ws` found wrong has no code. */
function labelOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "bad-handshake";
}
