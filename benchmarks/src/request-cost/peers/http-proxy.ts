import { Agent, createServer } from "node:http";

import { createProxyServer } from "http-proxy-3";

/** Entry of a peer: http-proxy-3, no policy. `http-proxy.js PORT UPSTREAM_PORT`. */
const [port, upstreamPort] = process.argv.slice(2).map(Number);
const proxy = createProxyServer({
  target: `http://127.0.0.1:${upstreamPort}`,
  agent: new Agent({ keepAlive: true, maxSockets: 256 }),
  xfwd: true,
});
const server = createServer((request, response) => {
  proxy.web(request, response);
});
server.keepAliveTimeout = 600_000;
server.listen(port, "127.0.0.1");
