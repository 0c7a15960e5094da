import { onTestFinished } from "vitest";

import { UpstreamPool, type UpstreamOptions } from "../../src/index.ts";
import { RawUpstream, type Script } from "./raw-upstream.ts";

export const GET = "GET /a HTTP/1.1\r\nHost: up\r\n\r\n";
export const POST = "POST /a HTTP/1.1\r\nHost: up\r\nContent-Length: 5\r\n\r\n";
export const POST_CHUNKED = "POST /a HTTP/1.1\r\nHost: up\r\nTransfer-Encoding: chunked\r\n\r\n";
export const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

/** A pool and the raw upstream it talks to, both closed when the test ends. */
export async function openPool(
  script: Script,
  options: Partial<UpstreamOptions> = {},
): Promise<{ pool: UpstreamPool; upstream: RawUpstream }> {
  const upstream = new RawUpstream(script);
  const port = await upstream.listen();
  const pool = new UpstreamPool({ host: "127.0.0.1", port, ...options });
  onTestFinished(() => {
    pool.destroy();
    upstream.close();
  });
  return { pool, upstream };
}

/** A port on which nothing listens. */
export async function closedPort(): Promise<number> {
  const upstream = new RawUpstream(() => undefined);
  const port = await upstream.listen();
  upstream.close();
  return port;
}
