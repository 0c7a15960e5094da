import { connect, type Socket } from "node:net";

import { readReply } from "../latency/kept-connection.ts";
import type { LoadPlan, Stream, StreamTimes } from "./load-plan.ts";

/**
 * Entry of the load generator, a process of its own: takes one `LoadPlan` as a message, answers
 * with the `StreamTimes`, and ends.
 *
 * The loop is open: a request is due at its time, whether earlier ones were answered or not, and
 * its latency counts from then. Between two looks at the clock it only polls its sockets, so it
 * uses a processor of its own up.
 */
const CONNECTIONS = 64;
const START_DELAY_MS = 50;
const LAST_ANSWER_LIMIT_MS = 60_000;

/** One stream while it is sent. */
class Sender {
  readonly #stream: Stream;
  readonly #intervalMs: number;
  readonly #total: number;
  readonly #skipped: number;
  readonly #startMs: number;
  readonly #idle: Connection[];
  readonly #due: number[] = [];
  readonly latencies: Float64Array;
  readonly lateness: Float64Array;
  #noticed = 0;
  #answered = 0;
  #failed = 0;

  constructor(stream: Stream, plan: LoadPlan, idle: Connection[], startMs: number) {
    this.#stream = stream;
    this.#intervalMs = 1000 / stream.perSecond;
    this.#skipped = Math.round(plan.warmUpSeconds * stream.perSecond);
    this.#total = this.#skipped + Math.round(plan.seconds * stream.perSecond);
    this.#startMs = startMs;
    this.#idle = idle;
    this.latencies = new Float64Array(this.#total);
    this.lateness = new Float64Array(this.#total);
  }

  get isDone(): boolean {
    return this.#answered === this.#total;
  }

  /** Sends what is due by `now`. */
  run(now: number): void {
    for (; this.#noticed < this.#total && this.#dueAt(this.#noticed) <= now; this.#noticed++) {
      this.lateness[this.#noticed] = now - this.#dueAt(this.#noticed);
      this.#due.push(this.#noticed);
    }
    while (this.#due.length > 0) {
      // In turn: the server closes connections that have nothing to do for some seconds.
      const connection = this.#idle.shift();
      if (connection === undefined) return;
      this.#send(connection, this.#due.shift() ?? 0);
    }
  }

  times(): StreamTimes {
    return {
      name: this.#stream.name,
      failed: this.#failed,
      latencies: [...this.latencies.subarray(this.#skipped)],
      lateness: [...this.lateness.subarray(this.#skipped)],
    };
  }

  #dueAt(request: number): number {
    return this.#startMs + request * this.#intervalMs;
  }

  #send(connection: Connection, request: number): void {
    const { isRefused, requests } = this.#stream;
    connection.send(requests[request % requests.length] ?? "", (status, at) => {
      if (status >= 400 !== isRefused) this.#failed++;
      this.latencies[request] = at - this.#dueAt(request);
      this.#answered++;
      this.#idle.push(connection);
    });
  }
}

/** A kept-alive connection. One that is closed ends the run: nothing may be lost. */
class Connection {
  readonly #socket: Socket;
  #received = "";
  #answered: (status: number, at: number) => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => this.#take(text));
    socket.on("close", () => {
      throw new TypeError("a connection was closed");
    });
  }

  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("error", reject);
      socket.once("connect", () => resolve(new Connection(socket)));
    });
  }

  send(request: string, answered: (status: number, at: number) => void): void {
    this.#answered = answered;
    this.#socket.write(request, "latin1");
  }

  #take(text: string): void {
    const received = this.#received === "" ? text : this.#received + text;
    const reply = readReply(received, performance.now());
    this.#received = reply === undefined ? received : "";
    if (reply !== undefined) this.#answered(reply.status, reply.at);
  }
}

async function generate(plan: LoadPlan): Promise<StreamTimes[]> {
  const idle = await Promise.all(
    plan.streams.map(({ port }) =>
      Promise.all(Array.from({ length: CONNECTIONS }, () => Connection.open(port))),
    ),
  );
  const startMs = performance.now() + START_DELAY_MS;
  const senders = plan.streams.map((stream, at) => {
    // Streams of the same rate are not due at the same moment.
    const phaseMs = (1000 / stream.perSecond) * (at / plan.streams.length);
    return new Sender(stream, plan, idle[at] ?? [], startMs + phaseMs);
  });
  const lastMs = startMs + (plan.warmUpSeconds + plan.seconds) * 1000 + LAST_ANSWER_LIMIT_MS;
  while (!senders.every((sender) => sender.isDone)) {
    const now = performance.now();
    if (now > lastMs) throw new TypeError("requests were not answered");
    for (const sender of senders) sender.run(now);
    await new Promise(setImmediate);
  }
  return senders.map((sender) => sender.times());
}

process.once("message", (message) => {
  // Of `generateLoad`, which starts this process.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- messages keep no types
  void answer(message as LoadPlan);
});

async function answer(plan: LoadPlan): Promise<void> {
  const times = await generate(plan);
  process.send?.(times, () => process.exit(0));
}
