import { performance } from "node:perf_hooks";

import { type EngineRequest, type EngineResponse, loadEngine } from "./load-engine.ts";

/**
 * Entry of a peer: uWebSockets.js that refuses everything, with every call of it that a decision needs and
 * nothing decided. `uws-calls.js PORT`.
 */
const engine = await loadEngine();
const HEAD = "403 Unauthorized\r\ncontent-type: text/plain\r\nx-request-id: ";

interface Due {
  readonly response: EngineResponse;
  readonly id: string;
  isGone: boolean;
}

let due: Due[] = [];
/** Of all that was read: what nobody used would not need to be read. */
let sum = 0;

engine
  .App()
  .any("/*", (response, request) => {
    sum += performance.now() + Date.now();
    const peer = new Uint8Array(response.getRemoteAddress());
    sum += (peer[0] ?? 0) + lengthOf(request) + performance.now();
    const answer: Due = { response, id: String(sum), isGone: false };
    response.onAborted(() => {
      answer.isGone = true;
    });
    if (due.length === 0) setImmediate(answerAll);
    due.push(answer);
  })
  .listen("127.0.0.1", Number(process.argv[2]), () => undefined);

function lengthOf(request: EngineRequest): number {
  let length = request.getCaseSensitiveMethod().length + request.getUrl().length;
  length += request.getQuery()?.length ?? 0;
  request.forEach((name, value) => {
    length += name.length + value.length;
  });
  return length;
}

/** As the proxy does: all answers of a turn of the event loop in a row, each in one piece. */
function answerAll(): void {
  const answers = due;
  due = [];
  for (const { id, isGone, response } of answers) {
    if (isGone) continue;
    response.cork(() => {
      response.writeStatus(HEAD + id);
      response.end("Error: Unauthorized");
    });
  }
}
