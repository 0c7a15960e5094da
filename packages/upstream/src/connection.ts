import type { Socket } from "node:net";

import { AnswerParser } from "./answer/answer-parser.ts";
import { BODY_BUFFERS } from "./body-buffers.ts";
import { NEVER } from "./coarse-clock.ts";
import type { ConnectionContext } from "./connection-context.ts";
import type { Exchange, ExchangeCarrier } from "./exchange.ts";
import {
  BODY_LENGTH_DIFFERS,
  CONNECT_TIMEOUT,
  HEAD_TIMEOUT,
  IDLE_TIMEOUT,
  refusedFault,
  type UpstreamFault,
} from "./fault.ts";
import { latin1Text } from "./latin1.ts";
import { atTurnEnd, type TurnJob } from "./turn-end.ts";

const NO_BYTES = new Uint8Array(0);
/** The upstream's clock runs from its last byte, ours from when we read it: the difference must not be ours. */
const UPSTREAM_CLOSES_EARLIER_S = 1;
const LAST_CHUNK = "0\r\n\r\n";
/** A first piece of body up to this length goes with the head, as one text. */
const JOINED_BYTES = 16 * 1024;

/** One socket, the parser of its answers, and the exchange it carries now. */
export class Connection implements ExchangeCarrier, TurnJob {
  /** In ticks of the pool's clock. */
  deadline: number;
  /** Where the owner keeps it. */
  index = 0;
  isIdle = false;
  /** How many ticks it may be idle before it is closed; 0: not at all. */
  idleTicks: number;
  /** The address it is connected to, once it is. */
  address: string | undefined = undefined;

  private readonly context: ConnectionContext;
  private readonly buffer: Buffer;
  private readonly socket: Socket;
  private readonly parser: AnswerParser;
  private exchange: Exchange | undefined = undefined;
  private isReady = false;
  private isGone = false;
  /** Has carried an exchange before: the upstream may have closed it meanwhile. */
  private isUsed = false;
  /** A byte of the current answer has come. */
  private isAnswering = false;
  /** The head waits, with the first piece of body, until this turn of the event loop is over. */
  private isHeadHeld = false;
  private errorCode = "connection-failed";

  constructor(context: ConnectionContext) {
    this.context = context;
    this.deadline = context.clock.now + context.connectTicks;
    this.idleTicks = context.keepAliveTicks;
    this.buffer = context.opener.readBuffer();
    this.parser = new AnswerParser(context.parsing);
    this.socket = context.opener.open(this.buffer, (length) => this.receive(length));
    this.socket.on(context.opener.readyEvent, () => this.becomeReady());
    this.socket.on("drain", () => this.drained());
    this.socket.on("end", () => this.ended());
    this.socket.on("error", (error: NodeJS.ErrnoException) => {
      this.errorCode = error.code ?? this.errorCode;
    });
    this.socket.on("close", () => this.closed());
  }

  /** Carries `exchange`, at once or as soon as it is ready. */
  begin(exchange: Exchange): void {
    this.isIdle = false;
    this.isAnswering = false;
    this.exchange = exchange;
    exchange.carrier = this;
    if (this.isReady) this.send(exchange);
  }

  /** The deadline has passed. */
  expire(): void {
    if (this.exchange === undefined) this.drop();
    else if (!this.isReady) this.fail(CONNECT_TIMEOUT);
    else if (this.parser.headSeen || !this.exchange.isRequestEnded) this.fail(IDLE_TIMEOUT);
    else this.fail(HEAD_TIMEOUT);
  }

  /** Closes the socket, whatever it carries. The exchange is not told. */
  drop(): void {
    if (this.isGone) return;
    this.discard();
    this.context.owner.remove(this);
  }

  /** The same for an exchange that must be told. */
  dropWith(fault: UpstreamFault): void {
    const { exchange } = this;
    this.drop();
    exchange?.failSoon(fault);
  }

  sendBody(exchange: Exchange, chunk: Uint8Array): boolean {
    if (!this.isReady) {
      exchange.keep(chunk);
      return false;
    }
    const mayGoOn = this.isHeadHeld
      ? this.sendWithHead(exchange, chunk)
      : this.frame(exchange, chunk);
    if (mayGoOn) this.refresh(exchange);
    return mayGoOn;
  }

  finishBody(exchange: Exchange): void {
    if (!this.isReady) return;
    if (exchange.isChunked) this.socket.write(LAST_CHUNK, "latin1");
    this.socket.uncork();
    this.refresh(exchange);
  }

  refuseBody(): void {
    this.dropWith(BODY_LENGTH_DIFFERS);
  }

  abandon(): void {
    this.drop();
  }

  pauseAnswer(): void {
    if (!this.isReady) return;
    this.socket.pause();
    this.deadline = NEVER;
  }

  resumeAnswer(): void {
    if (!this.isReady || this.exchange === undefined) return;
    this.socket.resume();
    this.refresh(this.exchange);
  }

  private send(exchange: Exchange): void {
    const { socket } = this;
    this.parser.expect(exchange.method === "HEAD");
    if (exchange.isPaused) socket.pause();
    if (exchange.backlog === undefined && !exchange.isChunked) {
      // The engine in front hands over what has come of a body right after its head.
      this.isHeadHeld = true;
      atTurnEnd(this);
    } else {
      // Head, and the body that is there or comes in this tick, in one system call.
      socket.cork();
      process.nextTick(uncork, socket);
      this.writeHead(exchange);
      this.sendBacklog(exchange);
    }
    this.refresh(exchange);
  }

  /** The head goes, whether or not some of the body has come. */
  finishTurn(): void {
    if (this.isHeadHeld && this.exchange !== undefined) this.writeHead(this.exchange);
  }

  private writeHead(exchange: Exchange): void {
    this.isHeadHeld = false;
    if (exchange.joined !== "") exchange.isBodySent = true;
    this.socket.write(exchange.head + exchange.joined, "latin1");
  }

  /** A first small piece becomes one text with the head, which also saves its copy; any other one has the head sent. */
  private sendWithHead(exchange: Exchange, chunk: Uint8Array): boolean {
    if (exchange.joined === "" && chunk.length <= JOINED_BYTES) {
      exchange.joined = latin1Text(chunk);
      return true;
    }
    const { socket } = this;
    socket.cork();
    this.writeHead(exchange);
    const mayGoOn = this.frame(exchange, chunk);
    socket.uncork();
    return mayGoOn;
  }

  private sendBacklog(exchange: Exchange): void {
    const { backlog } = exchange;
    exchange.backlog = undefined;
    if (backlog !== undefined) {
      for (const chunk of backlog) this.frame(exchange, chunk);
    }
    if (exchange.isRequestEnded) this.finishBody(exchange);
    else if (!this.socket.writableNeedDrain) exchange.drain();
  }

  /** Sends a copy of `chunk`. */
  private frame(exchange: Exchange, chunk: Uint8Array): boolean {
    const { socket } = this;
    exchange.isBodySent = true;
    const { bytes, written } = BODY_BUFFERS.copy(chunk);
    if (!exchange.isChunked) return socket.write(bytes, written);
    socket.cork();
    socket.write(`${chunk.length.toString(16)}\r\n`, "latin1");
    socket.write(bytes, written);
    const mayGoOn = socket.write("\r\n", "latin1");
    socket.uncork();
    return mayGoOn;
  }

  /** There was progress: the exchange gets its full time again for the next step. */
  private refresh(exchange: Exchange): void {
    const { context } = this;
    if (exchange.isPaused) this.deadline = NEVER;
    else if (this.parser.headSeen || !exchange.isRequestEnded) {
      this.deadline = context.clock.now + context.idleTicks;
    } else this.deadline = context.clock.now + context.headTicks;
  }

  private becomeReady(): void {
    if (this.isGone) return;
    this.isReady = true;
    this.address = this.socket.remoteAddress;
    if (this.exchange !== undefined) this.send(this.exchange);
  }

  private drained(): void {
    const { exchange } = this;
    if (exchange === undefined) return;
    this.refresh(exchange);
    exchange.drain();
  }

  /** Always true: reading is stopped by `pause` and by closing only. */
  private receive(length: number): boolean {
    const { exchange, parser } = this;
    if (this.isGone) return true;
    if (this.isHeadHeld) {
      this.lose();
      return true;
    }
    if (exchange === undefined) {
      // Bytes that no request asked for: the next answer could not be told from them.
      this.drop();
      return true;
    }
    this.isAnswering = true;
    parser.feed(this.buffer, length);
    if (parser.fault !== undefined) this.fail(parser.fault);
    else if (parser.hasHead || parser.isComplete || parser.bodyEnd > parser.bodyStart) {
      this.deliver(exchange, parser);
    }
    return true;
  }

  private deliver(exchange: Exchange, parser: AnswerParser): void {
    const { hasHead, isComplete, bodyStart, bodyEnd } = parser;
    const body = bodyEnd > bodyStart ? this.buffer.subarray(bodyStart, bodyEnd) : NO_BYTES;
    // First the bookkeeping: the handler may call anything.
    if (hasHead && parser.keepAliveSeconds !== -1) this.limitIdleness(parser.keepAliveSeconds);
    if (isComplete) this.finish(exchange, parser.isReusable);
    else this.refresh(exchange);
    if (hasHead) exchange.handler.onHead(this.context.parsing.head, body, isComplete);
    else exchange.handler.onBody(body, isComplete);
  }

  private finish(exchange: Exchange, isReusable: boolean): void {
    const { socket } = this;
    exchange.isOver = true;
    // What is left of a request would be read as the next one (RFC 9112, 9.3).
    if (!isReusable || !exchange.isRequestEnded || socket.writableLength > 0) {
      this.drop();
    } else {
      this.exchange = undefined;
      this.isUsed = true;
      if (exchange.isPaused) socket.resume();
      this.context.owner.release(this);
    }
    // After the release: whoever waits for this end may go on over this very connection.
    exchange.settled("answered");
  }

  /** How long it may be idle, in ticks: what the upstream announced if that is less than our own. */
  private limitIdleness(seconds: number): void {
    const { clock, keepAliveTicks } = this.context;
    const announced = seconds - UPSTREAM_CLOSES_EARLIER_S;
    if (announced <= 0) this.idleTicks = 0;
    else this.idleTicks = Math.min(keepAliveTicks, clock.ticksOf(1000 * announced));
  }

  private ended(): void {
    const { exchange } = this;
    if (this.isGone) return;
    if (exchange === undefined || !this.isReady || !this.parser.end()) {
      this.lose();
      return;
    }
    exchange.isOver = true;
    this.drop();
    exchange.settled("answered");
    exchange.handler.onBody(NO_BYTES, true);
  }

  private closed(): void {
    if (!this.isGone) this.lose();
  }

  /** The upstream closed while its answer was missing, or while nothing was asked of it. */
  private lose(): void {
    const { exchange } = this;
    if (exchange === undefined) this.drop();
    else if (!this.isReady) this.fail(refusedFault(this.errorCode));
    else if (this.isUsed && !this.isAnswering && (this.isHeadHeld || exchange.isRepeatable)) {
      // Once only: a fresh connection is not `isUsed`.
      this.discard();
      this.context.owner.replace(this, exchange);
    } else this.fail(this.parser.cutFault);
  }

  private fail(fault: UpstreamFault): void {
    const { exchange } = this;
    this.drop();
    exchange?.fail(fault);
  }

  private discard(): void {
    this.isGone = true;
    this.isHeadHeld = false;
    this.exchange = undefined;
    this.socket.destroy();
  }
}

function uncork(socket: Socket): void {
  socket.uncork();
}
