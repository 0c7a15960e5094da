import { WebSocketServer } from "ws";

/** Entry of a WebSocket server that sends every message back: `web-socket-upstream.js PORT`. */
const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.argv[2]) });
server.on("connection", (socket) => {
  socket.on("error", () => undefined);
  socket.on("message", (data: Buffer, isBinary) => socket.send(data, { binary: isBinary }));
});
