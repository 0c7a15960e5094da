import { beforeAll, describe, expect, test } from "vitest";

import { definition } from "./support/definition.ts";
import { HANDSHAKE, requestWith } from "./support/handshake.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { RawConnection } from "./support/raw-connection.ts";
import { WebSocketUpstream } from "./support/web-sockets.ts";

let upstream: WebSocketUpstream;
let proxy: ProxyProcess;

beforeAll(async () => {
  upstream = await WebSocketUpstream.start();
  proxy = await ProxyProcess.start({
    apis: { chat: definition("/chat", upstream.port, { protocol: "ws" }) },
  });
});

const FIN = 0x80;
const MASKED = 0x80;
const MASK = [1, 2, 3, 4];

/** A short frame as clients send it; `first` is the byte of the flags and the opcode. */
function frame(first: number, payload: string): Buffer {
  const bytes = [...Buffer.from(payload)];
  const masked = bytes.map((byte, at) => byte ^ (MASK[at % 4] ?? 0));
  return Buffer.from([first, MASKED | bytes.length, ...MASK, ...masked]);
}

async function open(): Promise<RawConnection> {
  const connection = await RawConnection.open(proxy.port);
  connection.send(requestWith("/chat", HANDSHAKE));
  await connection.until((text) => text.includes("\r\n\r\n"));
  return connection;
}

describe("a client that breaks the framing", () => {
  test.for([
    { name: "with a reserved bit", bytes: frame(FIN | 0x20 | 1, "hello") },
    { name: "with compression that was not agreed on", bytes: frame(FIN | 0x40 | 1, "hello") },
    { name: "with an unknown opcode", bytes: frame(FIN | 3, "hello") },
    { name: "with an unknown control opcode", bytes: frame(FIN | 0xb, "hello") },
    { name: "with a continuation of nothing", bytes: frame(FIN | 0, "hello") },
    { name: "with a fragmented ping", bytes: frame(9, "hello") },
    {
      name: "with a text in the middle of a text",
      bytes: Buffer.concat([frame(1, "a"), frame(FIN | 1, "b")]),
    },
    {
      name: "with a ping of 126 bytes",
      bytes: Buffer.concat([
        Buffer.from([FIN | 9, MASKED | 126, 0, 126, ...MASK]),
        Buffer.alloc(126),
      ]),
    },
    {
      name: "with a length past every limit",
      bytes: Buffer.from([
        FIN | 2,
        MASKED | 127,
        0x7f,
        0xff,
        0xff,
        0xff,
        0xff,
        0xff,
        0xff,
        0xff,
        ...MASK,
      ]),
    },
  ])("is cut, and nothing of it reaches the upstream: $name", async ({ bytes }) => {
    const connection = await open();
    connection.send(bytes);
    await connection.end();
    expect((await upstream.last.closed).code).toBe(1006);
    expect(upstream.last.messages).toEqual([]);
  });

  test("right after a good message loses no more than what came after it", async () => {
    const connection = await open();
    connection.send(
      Buffer.concat([frame(FIN | 1, "good"), frame(FIN | 3, "bad"), frame(FIN | 1, "late")]),
    );
    await connection.end();
    await upstream.last.closed;
    expect(upstream.last.messages.map(({ data }) => data.toString())).toEqual(["good"]);
  });
});

test("a frame without a mask is never read as what it says", async () => {
  const connection = await open();
  // The engine does not look at the bit, and takes the first four bytes for a mask.
  const words = "hello";
  for (let at = 0; at < 2; at++) {
    connection.send(Buffer.from([FIN | 2, words.length, ...Buffer.from(words)]));
  }
  connection.send(frame(FIN | 1, "after"));
  connection.close();
  await upstream.last.closed;
  const texts = upstream.last.messages.map(({ data }) => data.toString());
  expect(texts).not.toContain(words);
});

test("a message that comes byte by byte arrives whole", async () => {
  const connection = await open();
  for (const byte of frame(FIN | 1, "slowly")) connection.send(Buffer.from([byte]));
  await upstream.last.texts(1);
  expect(upstream.last.messages.map(({ data }) => data.toString())).toEqual(["slowly"]);
  connection.close();
  expect((await upstream.last.closed).code).toBe(1006);
});
