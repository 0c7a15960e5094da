import { createHash } from "node:crypto";
import { type IncomingMessage, request } from "node:http";

import { atEnd } from "./cleanup.ts";

/** Bytes that compress and repeat badly, always the same for one length. */
export function bytesOf(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = 1;
  for (let i = 0; i + 4 <= length; i += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    bytes.writeInt32LE(state, i);
  }
  return bytes;
}

export function digestOf(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

export interface BigRequest {
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly body?: Buffer | undefined;
  /** Sent with Transfer-Encoding: chunked, in pieces. */
  readonly isChunked?: boolean;
  /** Reads the answer in bits, with a rest after each. */
  readonly isSlowReader?: boolean;
}

const PIECE = 100_000;

/** Sends one request with node:http; resolves to the status and the digest of the answer's body. */
export function sendBig(
  big: BigRequest,
): Promise<{ status: number; digest: string; length: number }> {
  return new Promise((resolve, reject) => {
    const { body, isChunked, method, path, port } = big;
    const headers: Record<string, string> = { host: "api.example.com" };
    if (body !== undefined && isChunked !== true) headers["content-length"] = String(body.length);
    const sent = request({ host: "127.0.0.1", port, method, path, headers, agent: false });
    atEnd(() => {
      sent.destroy();
    });
    sent.on("error", reject);
    sent.on("response", (answer) => {
      digestAnswer(answer, big.isSlowReader === true).then(resolve, reject);
    });
    const whole = body ?? Buffer.alloc(0);
    for (let at = 0; at < whole.length; at += PIECE) sent.write(whole.subarray(at, at + PIECE));
    sent.end();
  });
}

/** Reads an answer to its end, with a rest after each million bytes where the reader is slow. */
export async function digestAnswer(
  answer: IncomingMessage,
  isSlow: boolean,
): Promise<{ status: number; digest: string; length: number }> {
  const hash = createHash("sha256");
  let length = 0;
  let sinceRest = 0;
  for await (const piece of answer) {
    const bytes = Buffer.from(piece);
    hash.update(bytes);
    length += bytes.length;
    sinceRest += bytes.length;
    if (isSlow && sinceRest > 1_000_000) {
      sinceRest = 0;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
  return { status: answer.statusCode ?? 0, digest: hash.digest("hex"), length };
}
