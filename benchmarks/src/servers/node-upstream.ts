import { createServer } from "node:http";

import { ANSWER_BODY } from "./upstream-answer.ts";

/** Entry of the stand-in for nginx: `node-upstream.js PORT`. */
const body = Buffer.from(ANSWER_BODY);
const server = createServer((request, response) => {
  request.resume();
  response.writeHead(200, { "content-type": "application/json", "content-length": body.length });
  response.end(body);
});
server.keepAliveTimeout = 600_000;
server.listen(Number(process.argv[2]), "127.0.0.1");
