import { Agent, type IncomingMessage, request, type RequestOptions } from "node:http";
import { Agent as TlsAgent, request as requestTls } from "node:https";
import { setTimeout as pause } from "node:timers/promises";

import { StreamCheck, streamSlice } from "../test/support/streams.ts";
import { drained } from "./drained.ts";

const PIECE = 32 * 1024;

/** One request of the soak. */
export interface SoakRequest {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes of the test stream to send, with their length or in chunks. */
  readonly upload?: { readonly length: number; readonly isChunked: boolean };
  /** The address it comes from. */
  readonly from?: string;
  readonly isTls?: boolean;
  /** Over a connection of its own, which is closed. */
  readonly closes?: boolean;
  /** Rests between pieces, in milliseconds: of what it sends, or of what it reads. */
  readonly restMs?: number;
  /** Leaves for good after so many bytes have been sent or read. */
  readonly leavesAt?: number;
}

/** What the client was given. */
export interface SoakAnswer {
  readonly status: number;
  readonly text: string;
  readonly check: StreamCheck;
}

/** Sends requests over kept connections, a set for each address, or over fresh ones. */
export class HttpClient {
  readonly #ports: { readonly http: number; readonly https: number };
  readonly #agents = new Map<string, Agent>();

  constructor(ports: { readonly http: number; readonly https: number }) {
    this.#ports = ports;
  }

  /** Rejects if there is no whole answer. */
  async send(asked: SoakRequest): Promise<SoakAnswer> {
    const { isTls = false, upload } = asked;
    const sent = (isTls ? requestTls : request)(this.#optionsOf(asked));
    try {
      const answered = new Promise<IncomingMessage>((resolve, reject) => {
        sent.once("response", resolve);
        sent.on("error", reject);
        sent.once("close", () => reject(new Error("closed without an answer")));
      });
      // Looked at further down; a failure meanwhile is no unhandled one.
      answered.catch(() => undefined);
      if (upload === undefined) sent.end();
      else await sendBody(sent, upload.length, asked);
      return await readBody(await answered, asked);
    } finally {
      if (asked.leavesAt !== undefined) sent.destroy();
    }
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
  }

  #optionsOf(asked: SoakRequest): RequestOptions {
    const { closes = false, from = "127.0.0.1", headers, isTls = false, method, path } = asked;
    const { upload } = asked;
    const length = upload !== undefined && !upload.isChunked;
    return {
      host: "127.0.0.1",
      port: isTls ? this.#ports.https : this.#ports.http,
      path,
      method: method ?? (upload === undefined ? "GET" : "POST"),
      localAddress: from,
      agent: closes || asked.leavesAt !== undefined ? this.#fresh(isTls) : this.#kept(from, isTls),
      headers: {
        host: "api.example.com",
        ...headers,
        ...(upload !== undefined && { "content-type": "application/octet-stream" }),
        ...(length && { "content-length": String(upload.length) }),
      },
    };
  }

  #fresh(isTls: boolean): Agent {
    return isTls
      ? new TlsAgent({ keepAlive: false, rejectUnauthorized: false, maxCachedSessions: 0 })
      : new Agent({ keepAlive: false });
  }

  #kept(from: string, isTls: boolean): Agent {
    const key = `${from} ${isTls}`;
    const known = this.#agents.get(key);
    if (known !== undefined) return known;
    const agent = isTls
      ? new TlsAgent({ keepAlive: true, rejectUnauthorized: false })
      : new Agent({ keepAlive: true });
    this.#agents.set(key, agent);
    return agent;
  }
}

async function sendBody(
  sent: ReturnType<typeof request>,
  length: number,
  { leavesAt = Number.POSITIVE_INFINITY, restMs = 0 }: SoakRequest,
): Promise<void> {
  for (let at = 0; at < length && !sent.destroyed; at += PIECE) {
    if (at >= leavesAt) {
      sent.destroy();
      return;
    }
    const goesOn = sent.write(streamSlice(at, Math.min(PIECE, length - at)));
    if (!goesOn) await drained(sent);
    if (restMs > 0) await pause(restMs);
  }
  sent.end();
}

async function readBody(
  answer: IncomingMessage,
  { leavesAt = Number.POSITIVE_INFINITY, restMs = 0 }: SoakRequest,
): Promise<SoakAnswer> {
  const check = new StreamCheck();
  let text = "";
  for await (const piece of answer) {
    const bytes = Buffer.from(piece);
    check.take(bytes);
    if (text.length < 200) text += bytes.toString("latin1", 0, 200);
    if (check.length >= leavesAt) {
      answer.destroy();
      break;
    }
    if (restMs > 0) await pause(restMs);
  }
  return { status: answer.statusCode ?? 0, text, check };
}
