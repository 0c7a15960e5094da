import { beforeAll, expect, test } from "vitest";
import { type ClientOptions, WebSocket } from "ws";

import { FIRST } from "./support/certificates.ts";
import { atEnd } from "./support/cleanup.ts";
import { definition } from "./support/definition.ts";
import { https } from "./support/https.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { mostReceived, READ_BYTES } from "./support/receive-buffers.ts";
import { waitFor } from "./support/wait-for.ts";
import { Peer, WebSocketUpstream } from "./support/web-sockets.ts";

// The engine answers a ping while it reads, and over TLS it then loses what it has received and not read: a client that has
// sent more than it reads at once may be cut. What was lost must not be taken for anything else.

/** Small ones: the engine is to be slower than their sender. */
const MESSAGE_BYTES = 1000;
const MESSAGES = 10_000;

let proxy: ProxyProcess;
let upstream: WebSocketUpstream;

beforeAll(async () => {
  upstream = await WebSocketUpstream.start();
  upstream.isEcho = false;
  const apis = { chat: definition("/chat", upstream.port, { protocol: "ws" }) };
  proxy = await ProxyProcess.start({ apis, ...https(FIRST) });
});

function connectOverTls(): Promise<Peer> {
  const port = /data, TLS +https:\/\/127\.0\.0\.1:(\d+)/.exec(proxy.stdout)?.[1] ?? "";
  const options: ClientOptions & { readonly servername: string } = {
    ca: FIRST.cert,
    servername: "first.test",
    headers: { host: "first.test" },
  };
  const socket = new WebSocket(`wss://127.0.0.1:${port}/chat`, options);
  atEnd(() => socket.terminate());
  return new Promise((resolve, reject) => {
    socket.on("open", () => resolve(new Peer(socket)));
    socket.on("error", reject);
  });
}

function numbered(number: number): Buffer {
  const message = Buffer.alloc(MESSAGE_BYTES, "x");
  message.writeUInt32BE(number);
  return message;
}

/** Sends numbered messages with a ping behind each, and returns the numbers that the upstream got until all came or the client was cut. */
async function arrivedNumbers(): Promise<number[]> {
  const client = await connectOverTls();
  const { last } = upstream;
  for (let number = 0; number < MESSAGES; number++) {
    client.socket.send(numbered(number));
    client.socket.ping();
  }
  await waitFor(
    "all messages, or the end",
    () => last.messages.length === MESSAGES || last.isClosed,
    20_000,
  );
  return last.messages.map(({ data }) =>
    data.length === MESSAGE_BYTES ? data.readUInt32BE() : -1,
  );
}

const ALL = Array.from({ length: MESSAGES }, (_, number) => number);

test("what arrives of messages among pings is what was sent, from the first one on", async () => {
  const arrived = await arrivedNumbers();
  expect(arrived.length).toBeGreaterThan(0);
  expect(arrived).toEqual(ALL.slice(0, arrived.length));
});

test.skipIf(mostReceived() >= READ_BYTES)(
  "all of them arrive where the kernel never has more at hand than is read at once",
  async () => {
    expect(await arrivedNumbers()).toEqual(ALL);
  },
);
