// Talks to socket-io-server.mjs at the address and by the transport that it is given, and prints what came of it.
import { io } from "socket.io-client";

const [base, transport] = process.argv.slice(2);
const socket = io(base, { transports: [transport], reconnection: false });
const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, at) => at % 251));

function fail(what) {
  process.stderr.write(`${what}\n`);
  process.exit(1);
}

socket.on("connect_error", fail);
socket.on("disconnect", fail);
socket.emit("greet", "ada");
socket.on("greeting", async (greeting) => {
  const echoes = [];
  for (const value of [1, "two", { three: [4] }, "x".repeat(50_000), bytes]) {
    echoes.push(await socket.emitWithAck("echo", value));
  }
  const { name } = socket.io.engine.transport;
  process.stdout.write(JSON.stringify({ greeting, echoes, transport: name }));
  socket.off("disconnect");
  socket.disconnect();
});
