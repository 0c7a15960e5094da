import { createServer } from "node:http";

/** Entry of a peer: `node:http` that refuses everything at once. `node-403.js PORT`. */
const BODY = "Error: Unauthorized";
const server = createServer((request, response) => {
  request.resume();
  response.writeHead(403, { "content-type": "text/plain", "content-length": BODY.length });
  response.end(BODY);
});
server.keepAliveTimeout = 600_000;
server.listen(Number(process.argv[2]), "127.0.0.1");
