/**
 * The part of uWebSockets.js that is used here, as both builds have it. Strings and buffers that a
 * handler is given are its own; an `ArrayBuffer` in `onData` is emptied when the callback returns.
 */
export interface Uws {
  App(): UwsApp;
  SSLApp(options: UwsTlsOptions): UwsApp;
  us_listen_socket_close(socket: ListenSocket): void;
  us_socket_local_port(socket: ListenSocket): number;
  _cfg(setting: "silent"): void;
  readonly SHARED_COMPRESSOR: number;
  readonly SHARED_DECOMPRESSOR: number;
}

/** Opaque: a listening socket. */
export interface ListenSocket {
  readonly "listening socket": never;
}

/** Opaque: which of the engine's WebSocket routes a request came in by. Good until the request is over. */
export interface UpgradeContext {
  readonly "upgrade context": never;
}

/** Paths of PEM files, read when the app is made; TLS 1.2 is the least version. */
export interface UwsTlsOptions {
  readonly cert_file_name: string;
  readonly key_file_name: string;
  /** OpenSSL cipher list for TLS 1.2. */
  readonly ssl_ciphers?: string;
}

export interface UwsApp {
  /**
   * Adds a certificate for clients that ask for `name`; routes for it are added after `domain`. Ends
   * the process if the files cannot be used (20.30).
   */
  addServerName(name: string, options: UwsTlsOptions): UwsApp;
  domain(name: string): UwsApp;
  any(pattern: string, handler: (res: UwsResponse, req: UwsRequest) => void): UwsApp;
  /**
   * Takes the GET requests whose Sec-WebSocket-Key has 24 characters; all others go to `any`.
   */
  ws<T extends object>(pattern: string, behavior: UwsWebSocketBehavior<T>): UwsApp;
  listen(host: string, port: number, callback: (socket: ListenSocket | false) => void): UwsApp;
  /** Closes every socket, the listening ones too, at once. */
  close(): UwsApp;
}

export type Writable = string | ArrayBuffer | Uint8Array;

export interface UwsResponse {
  /** Writes `status` behind `HTTP/1.1 ` as it is: it may have header lines in it, without the last CRLF. */
  writeStatus(status: Writable): UwsResponse;
  writeHeader(name: string, value: Writable): UwsResponse;
  write(chunk: Writable): boolean;
  end(body?: Writable, closeConnection?: boolean): UwsResponse;
  endWithoutBody(reportedLength?: number, closeConnection?: boolean): UwsResponse;
  /** `[ok, done]`: `ok` false, wait for `onWritable` and go on at `getWriteOffset`. */
  tryEnd(chunk: Writable, totalSize: number): [boolean, boolean];
  close(): UwsResponse;
  getWriteOffset(): number;
  onWritable(handler: (offset: number) => boolean): UwsResponse;
  onAborted(handler: () => void): UwsResponse;
  onData(handler: (chunk: ArrayBuffer, isLast: boolean) => void): UwsResponse;
  getRemoteAddress(): ArrayBuffer;
  cork(callback: () => void): UwsResponse;
  pause(): void;
  resume(): void;
  /**
   * Answers 101; headers may be written before, after a `writeStatus` of 101. Calls `open` before it
   * returns. Not to be called inside the `cork` of this response.
   */
  upgrade(
    userData: object,
    key: string,
    protocol: string,
    extensions: string,
    context: UpgradeContext,
  ): void;
}

export interface UwsWebSocketBehavior<T extends object> {
  readonly maxPayloadLength: number;
  /** Bytes past which `send` drops what it is given; what is under it is queued whole. */
  readonly maxBackpressure: number;
  /** Seconds without a byte from the client. */
  readonly idleTimeout: number;
  readonly sendPingsAutomatically: boolean;
  readonly compression: number;
  readonly upgrade: (res: UwsResponse, req: UwsRequest, context: UpgradeContext) => void;
  readonly open: (socket: UwsWebSocket<T>) => void;
  /** `message` is emptied when the callback returns. */
  readonly message: (socket: UwsWebSocket<T>, message: ArrayBuffer, isBinary: boolean) => void;
  readonly drain: (socket: UwsWebSocket<T>) => void;
  /** The socket may not be used any more. */
  readonly close: (socket: UwsWebSocket<T>, code: number, reason: ArrayBuffer) => void;
}

/** Good from `open` until `close` begins; after that every call throws but `getUserData`. */
export interface UwsWebSocket<T extends object> {
  /** 1: sent; 0: queued; 2: dropped, the queue was full. */
  send(message: Writable, isBinary?: boolean, compress?: boolean): number;
  /** Sends a close frame, without a code where it is 0, and calls `close` before it returns. */
  end(code?: number, reason?: Writable): void;
  /** Closes the connection without a close frame, and calls `close` before it returns. */
  close(): void;
  getBufferedAmount(): number;
  /** The properties of what `upgrade` was given. */
  getUserData(): T;
}

/** Valid only until the handler returns. */
export interface UwsRequest {
  getHeader(lowerCaseName: string): string;
  getUrl(): string;
  getCaseSensitiveMethod(): string;
  /** The raw query; empty or `undefined` where there is none, by build. */
  getQuery(): string | undefined;
  forEach(callback: (lowerCaseName: string, value: string) => void): void;
}
