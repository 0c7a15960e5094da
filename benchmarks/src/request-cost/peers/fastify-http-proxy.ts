import httpProxy from "@fastify/http-proxy";
import fastify from "fastify";

/** Entry of a peer: Fastify with its proxy plug-in (undici behind), no policy. `fastify-http-proxy.js PORT UPSTREAM_PORT`. */
const [port, upstreamPort] = process.argv.slice(2).map(Number);
const app = fastify({ keepAliveTimeout: 600_000 });
await app.register(httpProxy, {
  upstream: `http://127.0.0.1:${upstreamPort}`,
  undici: { connections: 256 },
});
await app.listen({ port: port ?? 0, host: "127.0.0.1" });
