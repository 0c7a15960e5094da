import { join } from "node:path";

import { beforeAll, describe, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";

import { atEnd } from "../support/cleanup.ts";
import { waitFor } from "../support/wait-for.ts";
import { type BothWays, bothWays, inFrontOf } from "./support/both-ways.ts";
import {
  freePort,
  presenceOfPackages,
  PROGRAMS,
  runProgram,
  startServer,
} from "./support/program.ts";

const packages = presenceOfPackages();
const BYTES = Buffer.from(Array.from({ length: 100_000 }, (_, at) => at % 251));

describe("a client and a server of ws say the same to each other through the proxy", () => {
  let ways: BothWays;

  beforeAll(async () => {
    const server = new WebSocketServer({
      port: 0,
      host: "127.0.0.1",
      perMessageDeflate: true,
      handleProtocols: (offered) => (offered.has("two") ? "two" : false),
    });
    server.on("connection", (socket, { url }) => {
      socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
      if (url === "/bye") socket.close(4001, "as asked");
    });
    await waitFor("the upstream to listen", () => server.address() !== null);
    atEnd(() => {
      for (const client of server.clients) client.terminate();
      server.close();
    });
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    ways = await inFrontOf(port, { protocol: "ws" });
  });

  test.for([
    { name: "text and bytes", path: "/chat", protocols: [], compresses: false },
    { name: "the same, compressed", path: "/chat", protocols: [], compresses: true },
    { name: "a sub-protocol", path: "/chat", protocols: ["one", "two"], compresses: false },
    { name: "a close by the server", path: "/bye", protocols: [], compresses: false },
  ])("$name", async ({ compresses, path, protocols }) => {
    const outcomes = await bothWays(ways, (base) =>
      converse(base.replace("http", "ws") + path, protocols, compresses),
    );
    expect(outcomes.proxied).toEqual(outcomes.direct);
  });
});

describe.skipIf(packages.isAbsent)(`a client and a server of socket.io${packages.reason}`, () => {
  let port = 0;

  beforeAll(async () => {
    port = await freePort();
    await startServer(
      process.execPath,
      [join(PROGRAMS, "socket-io-server.mjs"), String(port)],
      port,
    );
  }, 60_000);

  test.for([
    { transport: "polling", protocol: "http" },
    { transport: "websocket", protocol: "ws" },
  ])("say the same to each other: $transport", async ({ protocol, transport }) => {
    const ways = await inFrontOf(port, { protocol });
    const client = join(PROGRAMS, "socket-io-client.mjs");
    const outcomes = await bothWays(ways, (base) =>
      runProgram(process.execPath, [client, base, transport]),
    );
    expect(outcomes.proxied).toEqual(outcomes.direct);
    expect(outcomes.direct).toMatchObject({ code: 0 });
    expect(JSON.stringify(outcomes.direct)).toContain("hello ada");
  });
});

async function converse(
  url: string,
  protocols: readonly string[],
  compresses: boolean,
): Promise<unknown> {
  const socket = new WebSocket(url, [...protocols], { perMessageDeflate: compresses });
  const messages: string[] = [];
  socket.on("error", () => undefined);
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on("close", (code, reason) => resolve({ code, reason: String(reason) }));
  });
  socket.on("open", () => {
    for (const message of ["", "short", "long ".repeat(50_000), "grüße", BYTES])
      socket.send(message);
  });
  socket.on("message", (data: Buffer, isBinary) => {
    messages.push(`${isBinary} ${data.toString("base64")}`);
    if (messages.length === 5) socket.close(1000, "done");
  });
  const { protocol } = await closed.then(() => socket);
  return { closed: await closed, messages: url.endsWith("/bye") ? [] : messages, protocol };
}
