import { WebSocket } from "ws";

import { streamSlice } from "../test/support/streams.ts";
import type { SoakAnswer } from "./http-client.ts";
import { book, type Load, type SoakRun } from "./soak-run.ts";

const LENGTHS = [0, 1, 1000, 70_000, 600_000, 3_000_000];

/** What clients in good faith do. */
export const TRAFFIC: readonly Load[] = [
  {
    name: "get",
    restMs: 20,
    act: (run) => book(run, { kind: "get", path: "/shop/ok", look: hello }),
  },
  {
    name: "get, closed",
    restMs: 40,
    act: (run) => book(run, { kind: "get, closed", path: "/shop/ok", closes: true, look: hello }),
  },
  {
    name: "https",
    restMs: 40,
    act: (run, turn) => {
      const closes = turn % 8 === 0;
      return book(run, { kind: "https", path: "/shop/ok", isTls: true, closes, look: hello });
    },
  },
  {
    name: "upload",
    restMs: 60,
    act: (run, turn) => {
      const upload = { length: lengthOf(turn), isChunked: turn % 2 === 0 };
      return book(run, {
        kind: "upload",
        path: "/shop/upload",
        upload,
        isTls: turn % 5 === 0,
        restMs: turn % 7 === 0 ? 2 : 0,
        look: ({ text }) => (text === String(upload.length) ? "" : `arrived as ${text}`),
      });
    },
  },
  {
    name: "download",
    restMs: 60,
    act: (run, turn) => {
      const length = lengthOf(turn);
      const framing = turn % 2 === 0 ? "sized" : "chunked";
      return book(run, {
        kind: "download",
        path: `/shop/download/${length}/${framing}`,
        isTls: turn % 5 === 0,
        restMs: turn % 7 === 0 ? 2 : 0,
        look: ({ check }) => (check.isRight && check.length === length ? "" : "other bytes"),
      });
    },
  },
  { name: "ws", restMs: 100, act: (run) => talk(run, "ws") },
  { name: "wss", restMs: 200, act: (run) => talk(run, "wss") },
];

function lengthOf(turn: number): number {
  return LENGTHS[turn % LENGTHS.length] ?? 0;
}

function hello({ text }: SoakAnswer): string {
  return text === "hello" ? "" : `another body: ${text}`;
}

/** A conversation over a WebSocket: messages of several lengths, each of which has to come back. */
async function talk(run: SoakRun, scheme: "ws" | "wss"): Promise<void> {
  const number = run.ledger.open(scheme, { statuses: [101], upstream: [1, 1] });
  const port = scheme === "ws" ? run.proxy.port : run.proxy.httpsPort;
  const socket = new WebSocket(`${scheme}://127.0.0.1:${port}/chat/room/n${number}`, {
    headers: { host: "api.example.com" },
    rejectUnauthorized: false,
  });
  let left = 0;
  let problem = "cut";
  socket.on("open", () => {
    for (const length of LENGTHS.slice(1)) {
      left++;
      socket.send(streamSlice(0, length));
    }
  });
  socket.on("message", (data: Buffer) => {
    left--;
    if (Buffer.compare(data, streamSlice(0, data.length)) !== 0) socket.terminate();
    if (left > 0) return;
    problem = "";
    socket.close(1000);
  });
  await new Promise<void>((resolve) => {
    socket.on("error", () => undefined);
    socket.on("close", () => resolve());
  });
  run.ledger.close(number, problem === "" ? 101 : 0, problem);
}
