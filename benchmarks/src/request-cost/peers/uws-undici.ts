import { Pool } from "undici";

import { type EngineResponse, loadEngine } from "./load-engine.ts";

/**
 * Entry of a peer: uWebSockets.js in front, undici's pool behind, no policy. The quickest proxy
 * that one can make of libraries. `uws-undici.js PORT UPSTREAM_PORT`.
 */
const [port, upstreamPort] = process.argv.slice(2).map(Number);
const CONNECTIONS = 256;
const HOP_BY_HOP = new Set(["connection", "content-length", "keep-alive", "transfer-encoding"]);
const engine = await loadEngine();
const pool = new Pool(`http://127.0.0.1:${upstreamPort}`, { connections: CONNECTIONS });

/** Collects an answer and gives it back in one piece. */
class Exchange {
  readonly #response: EngineResponse;
  readonly #chunks: Buffer[] = [];
  #status = 502;
  #headers: Readonly<Record<string, string | string[] | undefined>> = {};
  isAborted = false;

  constructor(response: EngineResponse) {
    this.#response = response;
  }

  onRequestStart(): void {}

  onResponseStart(
    _controller: unknown,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#answer();
  }

  onResponseError(): void {
    this.#status = 502;
    this.#headers = {};
    this.#answer();
  }

  #answer(): void {
    if (this.isAborted) return;
    const response = this.#response;
    response.cork(() => {
      response.writeStatus(String(this.#status));
      for (const [name, value] of Object.entries(this.#headers)) {
        if (typeof value === "string" && !HOP_BY_HOP.has(name)) response.writeHeader(name, value);
      }
      const [first] = this.#chunks;
      response.end(this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks));
    });
  }
}

engine
  .App()
  .any("/*", (response, request) => {
    const method = request.getCaseSensitiveMethod();
    const query = request.getQuery() ?? "";
    const path = query === "" ? request.getUrl() : `${request.getUrl()}?${query}`;
    const headers: string[] = [];
    let hasBody = false;
    request.forEach((name, value) => {
      if (name === "content-length") hasBody = value !== "0";
      if (!HOP_BY_HOP.has(name)) headers.push(name, value);
    });
    const exchange = new Exchange(response);
    response.onAborted(() => {
      exchange.isAborted = true;
    });
    const send = (body: Buffer | null): void => {
      // The method comes from the request; undici refuses what it does not know.
      pool.dispatch({ method: method === "POST" ? "POST" : "GET", path, headers, body }, exchange);
    };
    if (!hasBody) {
      send(null);
      return;
    }
    const chunks: Buffer[] = [];
    response.onData((chunk, isLast) => {
      chunks.push(Buffer.from(chunk.slice(0)));
      if (isLast) send(Buffer.concat(chunks));
    });
  })
  .listen("127.0.0.1", port ?? 0, () => undefined);
