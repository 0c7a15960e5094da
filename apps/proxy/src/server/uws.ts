/**
 * The part of uWebSockets.js that is used here, as both builds have it. Strings and buffers that a
 * handler is given are its own; an `ArrayBuffer` in `onData` is emptied when the callback returns.
 */
export interface Uws {
  App(options?: object): UwsApp;
  us_listen_socket_close(socket: ListenSocket): void;
  us_socket_local_port(socket: ListenSocket): number;
  _cfg(setting: "silent"): void;
}

/** Opaque: a listening socket. */
export interface ListenSocket {
  readonly "listening socket": never;
}

export interface UwsApp {
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
