import { createServer } from "node:http";

import { ANSWER_BODY, ANSWER_SIZES } from "./upstream-answer.ts";

/** Entry of the stand-in for nginx: `node-upstream.js PORT`. */
const usual = Buffer.from(ANSWER_BODY);
const bySize = new Map(ANSWER_SIZES.map((bytes) => [bytes, Buffer.alloc(bytes, "x")]));
const server = createServer({ maxHeaderSize: 32_768 }, (request, response) => {
  request.resume();
  const size = /\/bytes\/(\d+)$/.exec(request.url ?? "")?.[1];
  const body = size === undefined ? usual : (bySize.get(Number(size)) ?? usual);
  response.writeHead(200, { "content-type": "application/json", "content-length": body.length });
  response.end(body);
});
server.keepAliveTimeout = 600_000;
server.listen(Number(process.argv[2]), "127.0.0.1");
