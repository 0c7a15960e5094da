// Answers what socket-io-client.mjs asks, at the port that it is given.
import { Server } from "socket.io";

const server = new Server(Number(process.argv[2]), { pingInterval: 500 });

server.on("connection", (socket) => {
  socket.on("echo", (value, answer) => answer(value));
  socket.on("greet", (name) => socket.emit("greeting", `hello ${name}`));
});
