import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The little of uWebSockets.js that the peers use. */
export interface Engine {
  App(): EngineApp;
}

export interface EngineApp {
  any(pattern: string, handler: (res: EngineResponse, req: EngineRequest) => void): EngineApp;
  listen(host: string, port: number, callback: (socket: object | false) => void): EngineApp;
}

export interface EngineResponse {
  getRemoteAddress(): ArrayBuffer;
  writeStatus(status: string): EngineResponse;
  writeHeader(name: string, value: string): EngineResponse;
  end(body?: string | Uint8Array): EngineResponse;
  cork(callback: () => void): EngineResponse;
  onAborted(handler: () => void): EngineResponse;
  onData(handler: (chunk: ArrayBuffer, isLast: boolean) => void): EngineResponse;
}

export interface EngineRequest {
  getUrl(): string;
  getQuery(): string | undefined;
  getCaseSensitiveMethod(): string;
  forEach(callback: (lowerCaseName: string, value: string) => void): void;
}

const HEAD_BYTES = 16_384;

/** The build of uWebSockets.js that the proxy runs on, loaded as the proxy loads it. */
export async function loadEngine(): Promise<Engine> {
  const manifest = fileURLToPath(import.meta.resolve("@portcullis/proxy/package.json"));
  const file = join(dirname(manifest), "dist", "server", "load-uws.js");
  const loader: unknown = await import(pathToFileURL(file).href);
  const load: unknown =
    typeof loader === "object" && loader !== null ? Reflect.get(loader, "loadUws") : undefined;
  if (typeof load !== "function") throw new TypeError(`${file} does not export loadUws`);
  const loaded: unknown = load(HEAD_BYTES);
  const engine: unknown =
    typeof loaded === "object" && loaded !== null ? Reflect.get(loaded, "uws") : undefined;
  if (!isEngine(engine)) throw new TypeError("loadUws gave no engine");
  return engine;
}

function isEngine(engine: unknown): engine is Engine {
  return typeof engine === "object" && engine !== null && "App" in engine;
}
