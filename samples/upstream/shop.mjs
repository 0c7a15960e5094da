// A sample upstream: a small shop and a small bank, all in memory.
//
//   node samples/upstream/shop.mjs --port 9000
//
// Prints {"listening":PORT} when it is ready, and ends on SIGTERM or when its parent is gone.
import { fstatSync } from "node:fs";
import { parseArgs } from "node:util";

import { createShopServer } from "./create-shop-server.mjs";

const USAGE = "usage: node shop.mjs [--port PORT]   (default 9000; 0 takes any free port)";

const server = createShopServer();
server.once("error", (error) => fail(error.message, 1));
server.listen(readPort(), "127.0.0.1", () => {
  console.log(JSON.stringify({ listening: server.address().port }));
});

process.once("SIGTERM", stop);
if (process.connected) {
  process.once("disconnect", stop);
} else if (isPipe(process.stdin.fd)) {
  process.stdin.once("end", stop).once("error", stop).resume();
}

function stop() {
  server.close(() => process.exit(0));
  server.closeAllConnections();
}

function readPort() {
  try {
    const { port } = parseArgs({ options: { port: { type: "string", default: "9000" } } }).values;
    if (/^\d{1,5}$/.test(port) && Number(port) <= 65_535) return Number(port);
  } catch {
    // An unknown option: the usage says which ones there are.
  }
  return fail(USAGE, 2);
}

function fail(message, exitCode) {
  console.error(message);
  process.exit(exitCode);
}

/** A pipe ends with the parent that holds its other end; a terminal and /dev/null say nothing. */
function isPipe(fd) {
  const stats = fstatSync(fd);
  return stats.isFIFO() || stats.isSocket();
}
