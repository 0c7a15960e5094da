// Loaded before the proxy with --import: lets a test make an error happen inside of one edge thread.
// It uses Node's own debugger interface, so the proxy is the one that is shipped. A signal is the
// order, and its turn the edge: SIGUSR2 goes to each edge in turn, the first one first. The variable
// EDGE_FAULT is what it does instead of failing.
import { Session } from "node:inspector";

const session = new Session();
const edges = [];
let turn = 0;

session.connect();
session.on("NodeWorker.attachedToWorker", ({ params }) => edges.push(params.sessionId));
session.on("NodeWorker.detachedFromWorker", ({ params }) => {
  edges.splice(edges.indexOf(params.sessionId), 1);
});
session.post("NodeWorker.enable", { waitForDebuggerOnStart: false });

process.on("SIGUSR2", () => {
  const sessionId = edges[turn % edges.length];
  turn++;
  const fault = process.env.EDGE_FAULT ?? 'throw new Error("made by a test");';
  const expression = `setTimeout(() => { ${fault} }, 0)`;
  const message = JSON.stringify({ id: turn, method: "Runtime.evaluate", params: { expression } });
  session.post("NodeWorker.sendMessageToWorker", { sessionId, message });
});
