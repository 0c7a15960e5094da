import type { IncomingMessage } from "node:http";

import { type Answer, answerOf, type CompiledApi } from "@portcullis/core";
import type { OpenClient } from "@portcullis/engine";
import type { AnswerHead, ServerPlace, UpstreamFault } from "@portcullis/upstream";
import type { WebSocket } from "ws";

import type { MappedAnswer } from "../answer-mapping.ts";
import { endWithoutBody, passedHead, sendAnswer, sendFault, writeHead } from "../answers.ts";
import type { CorkHolder } from "../cork-holder.ts";
import type { Recorder } from "../recorder.ts";
import { OUTCOME, type RequestFacts } from "../request-facts.ts";
import type { RequestReader } from "../request-reader.ts";
import { stickinessOf } from "../stickiness.ts";
import { type HeadSettings, hostLine, owesHost, upstreamTarget } from "../upstream-head.ts";
import type { Upstreams } from "../upstreams.ts";
import type { UpgradeContext, UwsResponse } from "../uws.ts";
import type { ClientHandshake } from "./client-handshake.ts";
import { ServerSearch } from "./server-search.ts";
import type { SessionHolder } from "./session.ts";
import type { WebSocketSessions } from "./sessions.ts";
import type { Refusal } from "./upstream-handshake.ts";

/** RFC 6455, 4.4: the only version there is. */
const VERSION = "13";
const VERSION_ANSWER: Answer = {
  status: 426,
  phrase: "Upgrade Required",
  body: "Error: WebSocket Version 13 Required",
};
const WEB_SOCKET_ANSWER: Answer = {
  status: 426,
  phrase: "Upgrade Required",
  body: "Error: WebSocket Required",
};
const NO_WEB_SOCKET_ANSWER: Answer = {
  status: 400,
  phrase: "Bad Request",
  body: "Error: Not A WebSocket API",
};

/** Concern one connection only, or are written anew. */
const HOP_NAMES: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "keep-alive",
  "proxy-connection",
  "sec-websocket-accept",
  "sec-websocket-extensions",
  "sec-websocket-protocol",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const OUTCOMES = { 502: OUTCOME.badGateway, 503: OUTCOME.overload, 504: OUTCOME.timeout } as const;

export interface GatewayOptions extends HeadSettings {
  readonly upstreams: Upstreams;
  readonly recorder: Recorder;
  readonly sessions: WebSocketSessions;
  readonly corkHolder: CorkHolder;
}

/** One handshake under way. */
interface Opening {
  readonly res: UwsResponse;
  readonly context: UpgradeContext;
  readonly handshake: ClientHandshake;
  readonly api: CompiledApi;
  readonly client: OpenClient;
  readonly facts: RequestFacts;
  readonly mapped: MappedAnswer | undefined;
}

/** Takes the requests for a WebSocket that were let through: asks the upstream, then answers the client. */
export class WebSocketGateway {
  readonly #options: GatewayOptions;
  #opening = 0;

  constructor(options: GatewayOptions) {
    this.#options = options;
  }

  /** Handshakes under way and sockets open. */
  get inFlight(): number {
    return this.#opening + this.#options.sessions.size;
  }

  /** A request of HTTP for an API that speaks WebSocket. */
  refusePlain(res: UwsResponse, facts: RequestFacts): void {
    this.#refuse(res, facts, WEB_SOCKET_ANSWER, "upgrade", "websocket");
  }

  /** A request for a WebSocket at an API that speaks HTTP. */
  refuseUpgrade(res: UwsResponse, facts: RequestFacts): void {
    this.#refuse(res, facts, NO_WEB_SOCKET_ANSWER, "", "");
  }

  /** Call inside the engine's handler, with the request still in `reader`. */
  open(
    res: UwsResponse,
    context: UpgradeContext,
    handshake: ClientHandshake,
    reader: RequestReader,
    api: CompiledApi,
    facts: RequestFacts,
    mapped: MappedAnswer | undefined,
  ): void {
    if (handshake.version !== VERSION) {
      this.#refuse(res, facts, VERSION_ANSWER, "sec-websocket-version", VERSION);
      return;
    }
    const { sessions, upstreams } = this.#options;
    const client = sessions.remember(reader.view);
    const opening: Opening = { res, context, handshake, api, client, facts, mapped };
    this.#opening++;
    let isOver = false;
    const settle = (then: () => void): void => {
      if (isOver) return;
      isOver = true;
      this.#opening--;
      then();
    };
    const clientHost = hostLine(reader);
    const fields = reader.head;
    const search = new ServerSearch(
      {
        upstreams,
        api,
        stickiness: stickinessOf(reader.view, api),
        target: upstreamTarget(reader.view, api),
        fieldsFor: (authority) => (owesHost(api) ? `\r\nhost: ${authority}` : clientHost) + fields,
        protocols: handshake.protocols,
        isCompressed: handshake.extensions.includes("permessage-deflate"),
        maxMessageBytes: sessions.limits.maxMessageBytes,
      },
      {
        onOpen: (socket, answer, protocol, place) =>
          settle(() => this.#onOpen(opening, socket, answer, protocol, place)),
        onRefused: (refusal) => settle(() => this.#onRefused(opening, refusal)),
        onFailed: (status, label) => settle(() => this.#onFailed(opening, status, label)),
      },
    );
    res.onAborted(() =>
      settle(() => {
        search.abort();
        this.#options.recorder.forwarded(facts, OUTCOME.gone);
      }),
    );
    try {
      const fault = search.begin();
      if (fault !== undefined) settle(() => this.#onFailed(opening, fault.status, fault.detail));
    } catch {
      // A header that node:http does not send. What is wrong with it would name its value.
      settle(() => this.#onFailed(opening, 502, "unsendable"));
    }
  }

  #onOpen(
    opening: Opening,
    upstream: WebSocket,
    answer: IncomingMessage,
    protocol: string,
    place: ServerPlace,
  ): void {
    const { api, client, context, facts, handshake, mapped, res } = opening;
    const { recorder, sessions } = this.#options;
    const denial = sessions.isDenied(client, api) ? answerOf(api.denyListVerdict) : undefined;
    if (denial !== undefined) {
      place.release("answered");
      upstream.on("error", () => undefined);
      upstream.close(1001);
      facts.status = denial.status;
      facts.fault = "denied";
      res.cork(() => {
        facts.bytesOut = sendAnswer(res, denial, facts, "", true);
      });
      recorder.forwarded(facts, OUTCOME.answered);
      return;
    }
    facts.status = 101;
    recorder.socketOpened(facts);
    const session = sessions.begin(upstream, client, api, facts, place);
    // Never in its own cork: see `CorkHolder`.
    this.#options.corkHolder.hold(() => {
      const head = passedOn(101, "Switching Protocols", answer.rawHeaders);
      writeHead(res, passedHead(head, facts.requestId, mapped));
      const holder: SessionHolder = { session };
      res.upgrade(holder, handshake.key, protocol, handshake.extensions, context);
    });
  }

  #onRefused({ facts, mapped, res }: Opening, refusal: Refusal): void {
    const { body, phrase, rawHeaders, status } = refusal;
    facts.status = status;
    facts.bytesOut = body.length;
    // Not in its own cork, which the body may not fit into: see `CorkHolder`.
    this.#options.corkHolder.hold(() => {
      writeHead(res, passedHead(passedOn(status, phrase, rawHeaders), facts.requestId, mapped));
      if (status === 204 || status === 304) endWithoutBody(res, -1, true);
      else res.end(body, true);
    });
    this.#options.recorder.forwarded(facts, OUTCOME.answered);
  }

  #onFailed({ facts, res }: Opening, status: UpstreamFault["status"], label: string): void {
    facts.status = status;
    facts.fault = label;
    res.cork(() => {
      facts.bytesOut = sendFault(res, status, facts);
    });
    this.#options.recorder.forwarded(facts, OUTCOMES[status]);
  }

  #refuse(
    res: UwsResponse,
    facts: RequestFacts,
    { body, phrase, status }: Answer,
    name: string,
    value: string,
  ): void {
    facts.status = status;
    res.writeStatus(`${status} ${phrase}`);
    if (name !== "") res.writeHeader(name, value);
    if (name === "upgrade") res.writeHeader("connection", "upgrade");
    res.writeHeader("content-type", "text/plain; charset=utf-8");
    res.writeHeader("x-request-id", facts.requestId);
    if (facts.method === "HEAD") endWithoutBody(res, body.length, true);
    else res.end(body, true);
    facts.bytesOut = facts.method === "HEAD" ? 0 : body.length;
    this.#options.recorder.answered(facts);
  }
}

/** An answer's head with the fields of an upstream's answer that are the client's business. */
function passedOn(
  status: number,
  phrase: string,
  rawHeaders: readonly string[],
): Pick<AnswerHead, "count" | "pairs" | "phrase" | "status"> {
  const fields: (readonly [string, string])[] = [];
  const dropped = new Set(HOP_NAMES);
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? "").toLowerCase();
    const value = rawHeaders[at + 1] ?? "";
    fields.push([name, value]);
    if (name !== "connection") continue;
    for (const each of value.split(",")) dropped.add(each.trim().toLowerCase());
  }
  const passed = fields.filter(([name]) => !dropped.has(name));
  return { status, phrase, pairs: passed.flat(), count: passed.length };
}
