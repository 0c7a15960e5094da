import { once } from "node:events";
import {
  type ClientRequest,
  type IncomingMessage,
  request as requestPlainly,
  type RequestOptions,
} from "node:http";
import { request as requestOverTls } from "node:https";
import type { Socket } from "node:net";

import { beforeAll, expect, test } from "vitest";

import { bytesOf, digestAnswer, digestOf } from "./support/big-bodies.ts";
import { FIRST } from "./support/certificates.ts";
import { atEnd } from "./support/cleanup.ts";
import { definition } from "./support/definition.ts";
import { https } from "./support/https.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { Upstream } from "./support/upstream.ts";
import { waitFor } from "./support/wait-for.ts";

// An upstream may answer while it is still being sent the request (RFC 9112, 9.5), and then neither side may
// read for a while: both bodies have to wait, and neither may be lost or kept in the proxy.

const MIB = 1024 * 1024;
const UPLOAD = bytesOf(20 * MIB);
const ANSWER = Buffer.concat([UPLOAD, UPLOAD, UPLOAD, UPLOAD]);
/** So often in a row nothing must have moved, for both sides to count as stopped. */
const STILL = 5;

interface Case {
  readonly name: string;
  readonly isTls: boolean;
  readonly isChunked: boolean;
}

const CASES: readonly Case[] = [
  { name: "with a length", isTls: false, isChunked: false },
  { name: "in chunks", isTls: false, isChunked: true },
  { name: "with a length, over TLS", isTls: true, isChunked: false },
  { name: "in chunks, over TLS", isTls: true, isChunked: true },
];

let proxy: ProxyProcess;
let upstream: Upstream;

beforeAll(async () => {
  upstream = await Upstream.start();
  upstream.readsRequests = false;
  const apis = { shop: definition("/shop", upstream.port) };
  proxy = await ProxyProcess.start({ apis, ...https(FIRST) });
});

interface AnswerParts {
  readonly head: string;
  readonly last: Buffer;
}

function answerParts(isChunked: boolean): AnswerParts {
  const last = ANSWER.subarray(-1);
  if (!isChunked) {
    return { head: `HTTP/1.1 200 OK\r\nContent-Length: ${ANSWER.length}\r\n\r\n`, last };
  }
  const size = ANSWER.length.toString(16);
  return {
    head: `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${size}\r\n`,
    last: Buffer.concat([last, Buffer.from("\r\n0\r\n\r\n")]),
  };
}

/**
 * Answers before it has read more of the request than its first piece, and reads on when it is told to. The
 * last byte of the answer comes when all of the request has.
 */
function answerEarly({ head, last }: AnswerParts): Promise<{ readonly socket: Socket }> {
  let expected = Number.POSITIVE_INFINITY;
  let arrived = 0;
  return new Promise((resolve) => {
    upstream.onBytes = (bytes, socket) => {
      if (arrived === 0) {
        expected = bytes.indexOf("\r\n\r\n") + 4 + UPLOAD.length;
        socket.pause();
        socket.write(head);
        socket.write(ANSWER.subarray(0, -1));
        resolve({ socket });
      }
      arrived += bytes.length;
      if (arrived === expected) socket.write(last);
    };
  });
}

function startUpload(isTls: boolean): ClientRequest {
  const options: RequestOptions = {
    host: "127.0.0.1",
    port: isTls ? proxy.httpsPort : proxy.port,
    method: "POST",
    path: "/shop/a",
    headers: { host: "api.example.com", "content-length": UPLOAD.length },
    agent: false,
  };
  const sent = isTls
    ? requestOverTls({ ...options, rejectUnauthorized: false })
    : requestPlainly(options);
  atEnd(() => {
    sent.destroy();
  });
  sent.end(UPLOAD);
  return sent;
}

/** Waits until neither of them can send anything more. */
async function untilStopped(sent: ClientRequest, socket: Socket): Promise<void> {
  let before = "";
  let still = 0;
  await waitFor("both sides to stand still", () => {
    const now = `${sent.socket?.bytesWritten} ${sent.writableLength} ${socket.bytesWritten} ${socket.writableLength}`;
    still = now === before ? still + 1 : 0;
    before = now;
    return still === STILL;
  });
}

test.for(CASES)(
  "an upload and its early answer $name wait for two sides that do not read, and come whole",
  async ({ isChunked, isTls }) => {
    upstream.forget();
    const before = proxy.residentBytes();
    const early = answerEarly(answerParts(isChunked));
    const sent = startUpload(isTls);
    const { socket } = await early;
    const [answer]: IncomingMessage[] = await once(sent, "response");
    if (answer === undefined) throw new TypeError("no answer");
    await untilStopped(sent, socket);
    expect(socket.writableLength).toBeGreaterThan(ANSWER.length / 2);
    expect(proxy.residentBytes() - before).toBeLessThan(40 * MIB);

    socket.resume();
    const got = await digestAnswer(answer, false);
    expect(got).toEqual({ status: 200, length: ANSWER.length, digest: digestOf(ANSWER) });
    const bytes = Buffer.concat(upstream.streams.flat());
    expect(digestOf(bytes.subarray(bytes.indexOf("\r\n\r\n") + 4))).toBe(digestOf(UPLOAD));
  },
);

/** Answers with what comes, piece by piece, and reads no more while its answer is not taken. */
function echo(isChunked: boolean): void {
  let arrived = 0;
  upstream.onBytes = (bytes, socket) => {
    const isFirst = arrived === 0 && bytes.includes("\r\n\r\n");
    const body = isFirst ? bytes.subarray(bytes.indexOf("\r\n\r\n") + 4) : bytes;
    if (isFirst) socket.write(echoHead(isChunked));
    arrived += body.length;
    if (isChunked && body.length > 0) socket.write(`${body.length.toString(16)}\r\n`);
    const isTaken = socket.write(body);
    if (isChunked && body.length > 0) socket.write("\r\n");
    if (isChunked && arrived === UPLOAD.length) socket.write("0\r\n\r\n");
    if (isTaken) return;
    socket.pause();
    socket.once("drain", () => socket.resume());
  };
}

function echoHead(isChunked: boolean): string {
  const framing = isChunked ? "Transfer-Encoding: chunked" : `Content-Length: ${UPLOAD.length}`;
  return `HTTP/1.1 200 OK\r\n${framing}\r\n\r\n`;
}

test.for(CASES)(
  "an upload comes back whole $name, while it goes up",
  async ({ isChunked, isTls }) => {
    echo(isChunked);
    const [answer]: IncomingMessage[] = await once(startUpload(isTls), "response");
    if (answer === undefined) throw new TypeError("no answer");
    const got = await digestAnswer(answer, true);
    expect(got).toEqual({ status: 200, length: UPLOAD.length, digest: digestOf(UPLOAD) });
  },
);
