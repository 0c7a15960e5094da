import { parentPort, workerData } from "node:worker_threads";

import { Edge } from "./edge.ts";
import type { EdgeData, FromEdge, ToEdge } from "./messages.ts";
import { tokenVerifier } from "./tokens.ts";

/**
 * Entry of an edge thread.
 *
 * A thread that ends with an open listen socket aborts the whole process, so whatever goes wrong
 * closes the engine first. The supervisor then starts another edge.
 */
const port = parentPort;
if (port === null) throw new TypeError("an edge runs as a worker thread only");

const send = (message: FromEdge): void => port.postMessage(message);
// The supervisor is the same program: what it sends has the declared shape.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- structured clone keeps no types
const data = workerData as EdgeData;
const edge = new Edge(data, await tokenVerifier(data), send);

const fail = (error: unknown): void => {
  send({ kind: "failed", message: error instanceof Error ? (error.stack ?? error.message) : "" });
  edge.closeNow();
  process.exit(1);
};
process.on("uncaughtException", fail);
process.on("unhandledRejection", fail);

port.on("message", (message: ToEdge) => {
  switch (message.kind) {
    case "policy":
      edge.takePolicy(message.policy);
      break;
    case "certificates":
      edge.takeCertificates(message.tls);
      break;
    case "token-keys":
      edge.takeTokenKeys(message.issuer, message.keys);
      break;
    case "excess":
      edge.takeExcess(message.excess);
      break;
    case "ping":
      send({ kind: "pong" });
      break;
    case "reopen-log":
      edge.reopenLog();
      break;
    case "stop":
      edge.stop().then(() => process.exit(0), fail);
      break;
    default:
      throw new TypeError("unknown message");
  }
});
if (!edge.listen()) {
  edge.closeNow();
  process.exit(1);
}
