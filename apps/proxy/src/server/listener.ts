import { performance } from "node:perf_hooks";

import {
  ALLOW,
  answerOf,
  MALFORMED,
  type RequestView,
  TOO_MANY_REQUESTS,
  type Verdict,
} from "@portcullis/core";
import type { Enforcer } from "@portcullis/engine";

import { AnswerMappings } from "./answer-mappings.ts";
import { OVERLOADED, sendAnswer, sendFault } from "./answers.ts";
import { ClientAddresses } from "./client-addresses.ts";
import { ConnectionExcess } from "./connection-excess.ts";
import { CopiedRequest } from "./copied-request.ts";
import { bodyLimitOf, type ExchangeSettings } from "./exchange-settings.ts";
import { Exchange } from "./exchange.ts";
import { type Admission, InFlight, type InFlightLimits } from "./in-flight.ts";
import { LoginAttempt } from "./login-attempt.ts";
import { OwnAnswers } from "./own-answers.ts";
import type { Recorder } from "./recorder.ts";
import { OUTCOME, type RequestFacts } from "./request-facts.ts";
import type { RequestIds } from "./request-ids.ts";
import { type HeadLimits, RequestReader } from "./request-reader.ts";
import { stickinessOf } from "./stickiness.ts";
import { bodyLengthOf, completeHead, type HeadSettings, owesHost } from "./upstream-head.ts";
import type { Upstreams } from "./upstreams.ts";
import type { UpgradeContext, UwsRequest, UwsResponse } from "./uws.ts";
import { type WaitedRequest, type WaitingLimits, WaitingRequests } from "./waiting-requests.ts";
import {
  asksForWebSocket,
  type ClientHandshake,
  readClientHandshake,
} from "./websocket/client-handshake.ts";
import type { WebSocketGateway } from "./websocket/gateway.ts";

const WEB_SOCKET_SCHEMES = { http: "ws", https: "wss" } as const;

export interface ListenerOptions extends HeadSettings {
  readonly enforcer: Enforcer;
  readonly upstreams: Upstreams;
  readonly recorder: Recorder;
  readonly requestIds: RequestIds;
  readonly headLimits: HeadLimits;
  readonly exchanges: ExchangeSettings;
  readonly inFlight: InFlightLimits;
  readonly waiting: WaitingLimits;
  readonly webSockets: WebSocketGateway;
}

/** The limit that is in a request's way. */
type Refusal = Exclude<Admission, "admitted"> | "connections-per-address";

/** What makes a request a WebSocket, if it is let through. */
interface Upgrade {
  readonly handshake: ClientHandshake;
  readonly context: UpgradeContext;
}

/** How and when a request came. */
interface Arrival {
  readonly scheme: "http" | "https";
  readonly context: UpgradeContext | undefined;
  readonly startedAt: number;
  readonly atMs: number;
}

/** nginx's code for a client that left. */
const CLIENT_LEFT = 499;

/**
 * Takes the requests of one edge: reads, decides, and answers or forwards each. Everything up to
 * the decision happens in the handler's own tick, over objects that are reused.
 */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #reader: RequestReader;
  readonly #addresses: ClientAddresses;
  readonly #mappings: AnswerMappings = new AnswerMappings();
  readonly #inFlight: InFlight;
  readonly #waiting: WaitingRequests;
  readonly #ownAnswers: OwnAnswers;
  readonly enforcer: Enforcer;
  /** Who has too many connections. */
  readonly excess: ConnectionExcess = new ConnectionExcess();

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.enforcer = options.enforcer;
    this.#inFlight = new InFlight(options.inFlight);
    const { blindBytes, corks } = options.exchanges;
    this.#ownAnswers = new OwnAnswers(blindBytes, corks, options.recorder);
    this.#waiting = new WaitingRequests(options.waiting);
    this.#addresses = new ClientAddresses(options.hops);
    this.#reader = new RequestReader(options.enforcer.policy.headerCodes, options.headLimits);
    this.policyReplaced();
  }

  /** Requests that wait or are being forwarded, and WebSockets. */
  get inFlight(): number {
    return this.#waiting.size + this.#inFlight.total + this.#options.webSockets.inFlight;
  }

  /** Told that the enforcer has a new policy. */
  policyReplaced(): void {
    const { apis, headerCodes } = this.#options.enforcer.policy;
    this.#reader.replaceCodes(headerCodes);
    this.#mappings.replace(apis);
  }

  /**
   * The handler of every request, whatever its method and path, that came in by `scheme`. `context`:
   * the engine can make it a WebSocket.
   */
  handle(
    res: UwsResponse,
    req: UwsRequest,
    scheme: "http" | "https",
    context: UpgradeContext | undefined,
  ): void {
    const { enforcer } = this.#options;
    const startedAt = performance.now();
    const atMs = Date.now();
    const handshake = this.#read(res.getRemoteAddress(), req, scheme, context);
    let verdict = enforcer.tryDecide(this.#reader.view, atMs);
    if (verdict === undefined) {
      if (this.#hold(res, req, { scheme, context, startedAt, atMs })) return;
      verdict = enforcer.decide(this.#reader.view, atMs);
    }
    const upgrade = handshake && context && { handshake, context };
    this.#conclude(res, req, verdict, atMs, startedAt, upgrade, undefined);
  }

  /** Reads a request into the view; returns what makes it a WebSocket, if it asks for one. */
  #read(
    peer: ArrayBuffer,
    req: UwsRequest,
    scheme: "http" | "https",
    context: UpgradeContext | undefined,
  ): ClientHandshake | undefined {
    const { requestIds } = this.#options;
    const { view } = this.#reader;
    this.#reader.read(peer, req);
    const isUpgrade = asksForWebSocket(view, req);
    const handshake = isUpgrade ? readClientHandshake(view, req) : undefined;
    view.scheme = isUpgrade ? WEB_SOCKET_SCHEMES[scheme] : scheme;
    if (isUpgrade && (handshake === undefined || context === undefined)) view.isMalformed = true;
    this.#addresses.find(view);
    view.requestId = requestIds.take(view.isFromProxy ? view.requestId : "");
    return handshake;
  }

  /** Lets the request in the view wait for its token; `false`: there is no room. */
  #hold(res: UwsResponse, req: UwsRequest, arrival: Arrival): boolean {
    const { view } = this.#reader;
    const key = this.#waiting.keyOf(view.address);
    if (!this.#waiting.hasRoom(key)) return false;
    const copy = new CopiedRequest(req);
    const peer = res.getRemoteAddress().slice(0);
    const { requestId } = view;
    const done = this.#options.enforcer.verifyToken(view);
    this.#waiting.hold(res, view.hasBody(), key, done, (waited) => {
      const take = (): void => this.#takeAgain(res, copy, peer, requestId, arrival, waited);
      if (waited.isGone) take();
      else res.cork(take);
    });
    return true;
  }

  /** A request that has waited is read anew, because policy and lists may be others by now, and decided. */
  #takeAgain(
    res: UwsResponse,
    req: CopiedRequest,
    peer: ArrayBuffer,
    requestId: string,
    { atMs, context, scheme, startedAt }: Arrival,
    waited: WaitedRequest,
  ): void {
    const { view } = this.#reader;
    const handshake = this.#read(peer, req, scheme, context);
    view.requestId = requestId;
    const verdict = this.#options.enforcer.decide(view, Date.now());
    const upgrade = handshake && context && { handshake, context };
    this.#conclude(res, req, verdict, atMs, startedAt, upgrade, waited);
  }

  /** Records what has been decided of the request in the view, and has it done. */
  #conclude(
    res: UwsResponse,
    req: UwsRequest,
    decided: Verdict,
    atMs: number,
    startedAt: number,
    upgrade: Upgrade | undefined,
    waited: WaitedRequest | undefined,
  ): void {
    const { view } = this.#reader;
    const isSent = answerOf(decided) === undefined;
    const isLost = isSent && !completeHead(this.#reader, req, upgrade !== undefined, this.#options);
    const verdict = isLost ? MALFORMED : decided;
    const { enforcer, recorder } = this.#options;
    const facts = recorder.decided(view, verdict, atMs, startedAt);
    if (verdict.kind === "forward") facts.identities = enforcer.noteRequest(view, atMs);
    if (waited?.isGone === true) this.#recordGone(facts);
    else if (this.#isInExcess(view)) this.#refuseExcess(res, view, facts);
    else this.#carryOut(res, view, verdict, facts, upgrade, waited);
  }

  /** The client has left before it could be told what was decided. */
  #recordGone(facts: RequestFacts): void {
    facts.status = CLIENT_LEFT;
    this.#options.recorder.answered(facts);
  }

  /** One request is over. */
  finish(facts: RequestFacts, outcome: number): void {
    this.#inFlight.end(facts.addressKey);
    this.#options.recorder.forwarded(facts, outcome);
  }

  #refuseExcess(res: UwsResponse, view: RequestView, facts: RequestFacts): void {
    this.#answerOnce(res, view, facts, () => {
      this.#refuseForLoad(res, "connections-per-address", facts);
    });
  }

  /** A trusted proxy has the connections of many, and what is malformed is answered so, and closed as well. */
  #isInExcess(view: RequestView): boolean {
    if (this.excess.isEmpty || view.isMalformed || (view.listFlags & ALLOW) !== 0) return false;
    return !view.isFromProxy && this.excess.take(view.peer);
  }

  #carryOut(
    res: UwsResponse,
    view: RequestView,
    verdict: Verdict,
    facts: RequestFacts,
    upgrade: Upgrade | undefined,
    waited: WaitedRequest | undefined,
  ): void {
    const answer = answerOf(verdict);
    if (answer === undefined) {
      if (upgrade === undefined) this.#forward(res, view, facts, waited);
      else this.#openSocket(res, view, facts, upgrade);
      return;
    }
    facts.status = answer.status;
    const location = verdict.kind === "redirect" ? verdict.location : "";
    // Whoever sends too much has to come anew, without what was sent in advance.
    const closes = view.isMalformed || view.isChunked || facts.reason === "client-spike";
    this.#ownAnswers.give(res, answer, facts, location, closes);
  }

  /**
   * For answers behind which nothing may be served: malformed requests, and chunked ones, because the
   * engine reads chunks leniently and what follows might be part of them. The engine closes a connection on
   * which a second request arrives while the first is unanswered; closing with the answer comes too late
   * for what it has read already.
   */
  #inALaterTick(res: UwsResponse, facts: RequestFacts, answer: () => void): void {
    let isGone = false;
    res.onAborted(() => {
      isGone = true;
    });
    setImmediate(() => {
      if (isGone) this.#options.recorder.answered(facts);
      else res.cork(answer);
    });
  }

  #forward(
    res: UwsResponse,
    view: RequestView,
    facts: RequestFacts,
    waited: WaitedRequest | undefined,
  ): void {
    const { api } = view;
    const servers = api === undefined ? undefined : this.#options.upstreams.groupFor(api);
    if (api === undefined || servers === undefined || api.definition.protocol === "ws") {
      this.#refuseUnserved(res, view, facts);
      return;
    }
    const bodyLength = bodyLengthOf(view);
    const { exchanges } = this.#options;
    if (bodyLength > Math.min(bodyLimitOf(api, exchanges), exchanges.lengthLimit)) {
      facts.fault = "body-too-large";
      this.#sendOwnFault(res, 413, facts);
      return;
    }
    const addressKey = this.#inFlight.keyOf(view.address);
    const admission = this.#inFlight.check(addressKey, (view.listFlags & ALLOW) !== 0);
    if (admission !== "admitted") {
      this.#answerOnce(res, view, facts, () => this.#refuseForLoad(res, admission, facts));
      return;
    }
    facts.addressKey = addressKey;
    facts.login = LoginAttempt.of(this.#reader);
    const mapped = this.#mappings.mappedFor(api, this.#reader);
    const exchange = new Exchange(res, facts, this, view, exchanges, mapped);
    this.#inFlight.begin(addressKey);
    const { head } = this.#reader;
    const stick = stickinessOf(view, api);
    exchange.start(servers.request(head, view.method, bodyLength, exchange, stick, owesHost(api)));
    waited?.replayTo((piece, isLast) => exchange.takeUpload(piece, isLast));
  }

  /** The request is in order, but there is no server for it that speaks HTTP. */
  #refuseUnserved(res: UwsResponse, view: RequestView, facts: RequestFacts): void {
    const isWebSocketApi = view.api?.definition.protocol === "ws";
    this.#answerOnce(res, view, facts, () => {
      if (isWebSocketApi) {
        this.#options.webSockets.refusePlain(res, facts);
        return;
      }
      this.#sendOwnFault(res, 503, facts);
    });
  }

  #sendOwnFault(res: UwsResponse, status: number, facts: RequestFacts): void {
    facts.status = status;
    facts.bytesOut = sendFault(res, status, facts);
    this.#options.recorder.answered(facts);
  }

  #answerOnce(
    res: UwsResponse,
    { isChunked }: RequestView,
    facts: RequestFacts,
    answer: () => void,
  ): void {
    if (isChunked) this.#inALaterTick(res, facts, answer);
    else answer();
  }

  /** The request is in order, but there are too many; the connection goes, too. */
  #refuseForLoad(res: UwsResponse, limit: Refusal, facts: RequestFacts): void {
    const answer = limit === "in-flight" ? OVERLOADED : TOO_MANY_REQUESTS;
    facts.fault = limit;
    facts.status = answer.status;
    facts.bytesOut = sendAnswer(res, answer, facts, "", true);
    this.#options.recorder.forwarded(facts, OUTCOME.overload);
  }

  #openSocket(
    res: UwsResponse,
    { api }: RequestView,
    facts: RequestFacts,
    { context, handshake }: Upgrade,
  ): void {
    const { webSockets } = this.#options;
    if (api?.definition.protocol === "ws") {
      const mapped = this.#mappings.mappedFor(api, this.#reader);
      webSockets.open(res, context, handshake, this.#reader, api, facts, mapped);
    } else {
      webSockets.refuseUpgrade(res, facts);
    }
  }
}
