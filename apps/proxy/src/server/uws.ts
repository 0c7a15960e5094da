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
}

/** Opaque: a listening socket. */
export interface ListenSocket {
  readonly "listening socket": never;
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
  listen(host: string, port: number, callback: (socket: ListenSocket | false) => void): UwsApp;
  /** Closes every socket, the listening ones too, at once. */
  close(): UwsApp;
}

export type Writable = string | ArrayBuffer | Uint8Array;

export interface UwsResponse {
  writeStatus(status: string): UwsResponse;
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
