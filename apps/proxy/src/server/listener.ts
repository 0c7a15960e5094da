import {
  ALLOW,
  answerOf,
  clientAddress,
  COOKIE,
  type CompiledApi,
  KEY_WORDS,
  MALFORMED,
  type RequestView,
  TOO_MANY_REQUESTS,
  type Verdict,
} from "@portcullis/core";
import { type Enforcer } from "@portcullis/engine";

import { AnswerMapping, MappedAnswer } from "./answer-mapping.ts";
import { OVERLOADED, sendAnswer, sendFault } from "./answers.ts";
import { Exchange, type ExchangeSettings } from "./exchange.ts";
import { type Admission, InFlight, type InFlightLimits } from "./in-flight.ts";
import { type Recorder } from "./recorder.ts";
import { OUTCOME, type RequestFacts } from "./request-facts.ts";
import { type RequestIds } from "./request-ids.ts";
import { RequestReader } from "./request-reader.ts";
import { bodyLengthOf, type HeadSettings, upstreamHead } from "./upstream-head.ts";
import { type Upstreams } from "./upstreams.ts";
import { type UpgradeContext, type UwsRequest, type UwsResponse } from "./uws.ts";
import {
  asksForWebSocket,
  type ClientHandshake,
  readClientHandshake,
} from "./websocket/client-handshake.ts";
import { type WebSocketGateway } from "./websocket/gateway.ts";

const WEB_SOCKET_SCHEMES = { http: "ws", https: "wss" } as const;

export interface ListenerOptions extends HeadSettings {
  readonly enforcer: Enforcer;
  readonly upstreams: Upstreams;
  readonly recorder: Recorder;
  readonly requestIds: RequestIds;
  /** Header fields that one request may have. */
  readonly maxHeaders: number;
  readonly exchanges: ExchangeSettings;
  readonly inFlight: InFlightLimits;
  readonly webSockets: WebSocketGateway;
}

/** What makes a request a WebSocket, if it is let through. */
interface Upgrade {
  readonly handshake: ClientHandshake;
  readonly context: UpgradeContext;
}

/**
 * Takes the requests of one edge: reads, decides, and answers or forwards each. Everything up to
 * the decision happens in the handler's own tick, over objects that are reused.
 */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #reader: RequestReader;
  /** By API index. */
  #mappings: readonly (AnswerMapping | undefined)[] = [];
  readonly #inFlight: InFlight;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#inFlight = new InFlight(options.inFlight);
    this.#reader = new RequestReader(options.enforcer.policy.headerCodes, options.maxHeaders);
    this.policyReplaced();
  }

  /** Requests that are being forwarded, and WebSockets. */
  get inFlight(): number {
    return this.#inFlight.total + this.#options.webSockets.inFlight;
  }

  /** Told that the enforcer has a new policy. */
  policyReplaced(): void {
    const { apis, headerCodes } = this.#options.enforcer.policy;
    this.#reader.replaceCodes(headerCodes);
    this.#mappings = apis.map((api) => AnswerMapping.of(api.definition));
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
    const { enforcer, trustedProxies, requestIds } = this.#options;
    const reader = this.#reader;
    const { view } = reader;
    const startedAt = performance.now();
    const atMs = Date.now();
    reader.read(res, req);
    const isUpgrade = asksForWebSocket(view, req);
    const handshake = isUpgrade ? readClientHandshake(view, req) : undefined;
    view.scheme = isUpgrade ? WEB_SOCKET_SCHEMES[scheme] : scheme;
    if (isUpgrade && (handshake === undefined || context === undefined)) view.isMalformed = true;
    const isProxied = trustedProxies.has(view.peer);
    view.isSharedAddress = !clientAddress(
      view.peer,
      view.forwardedFor,
      trustedProxies,
      view.address,
    );
    view.requestId = requestIds.take(isProxied ? view.requestId : "");
    let verdict = enforcer.decide(view, atMs);
    if (answerOf(verdict) === undefined && !reader.complete(req)) verdict = MALFORMED;
    const facts = this.#options.recorder.decided(view, verdict, atMs, startedAt);
    const upgrade = handshake && context && { handshake, context };
    this.#carryOut(res, view, verdict, facts, upgrade);
  }

  /** One request is over. */
  finish(facts: RequestFacts, outcome: number): void {
    this.#inFlight.end(facts.addressKey);
    this.#options.recorder.forwarded(facts, outcome);
  }

  #carryOut(
    res: UwsResponse,
    view: RequestView,
    verdict: Verdict,
    facts: RequestFacts,
    upgrade: Upgrade | undefined,
  ): void {
    const answer = answerOf(verdict);
    if (answer === undefined) {
      if (upgrade === undefined) this.#forward(res, view, facts);
      else this.#openSocket(res, view, facts, upgrade);
      return;
    }
    facts.status = answer.status;
    // Whoever sends too much has to come anew, without what was sent in advance.
    if (view.isMalformed || facts.reason === "client-spike") {
      this.#refuseAndClose(res, answer, facts);
      return;
    }
    const location = verdict.kind === "redirect" ? verdict.location : "";
    // The engine's chunk parser is lenient: what follows a chunked body might be part of it.
    facts.bytesOut = sendAnswer(res, answer, facts, location, view.isChunked);
    this.#options.recorder.answered(facts);
  }

  /**
   * Answers in a later tick: the engine closes a connection on which a second request arrives while
   * the first is unanswered, so nothing that came behind a request refused here is ever served.
   */
  #refuseAndClose(
    res: UwsResponse,
    answer: Parameters<typeof sendAnswer>[1],
    facts: RequestFacts,
  ): void {
    let isGone = false;
    res.onAborted(() => {
      isGone = true;
    });
    setImmediate(() => {
      if (!isGone) {
        res.cork(() => {
          facts.bytesOut = sendAnswer(res, answer, facts, "", true);
        });
      }
      this.#options.recorder.answered(facts);
    });
  }

  #forward(res: UwsResponse, view: RequestView, facts: RequestFacts): void {
    const { api } = view;
    if (api?.definition.protocol === "ws") {
      this.#options.webSockets.refusePlain(res, facts);
      return;
    }
    const servers = api === undefined ? undefined : this.#options.upstreams.groupFor(api);
    if (api === undefined || servers === undefined) {
      facts.status = 503;
      facts.bytesOut = sendFault(res, 503, view);
      this.#options.recorder.answered(facts);
      return;
    }
    const addressKey = this.#inFlight.keyOf(view.address);
    const admission = this.#inFlight.check(addressKey, (view.listFlags & ALLOW) !== 0);
    if (admission !== "admitted") {
      this.#refuseForLoad(res, admission, facts);
      return;
    }
    facts.addressKey = addressKey;
    const mapping = this.#mappings[api.index];
    const mapped = mapping && new MappedAnswer(mapping, view.host, this.#reader.rawHost);
    const exchange = new Exchange(res, facts, this, view, this.#options.exchanges, mapped);
    this.#inFlight.begin(addressKey);
    const head = upstreamHead(this.#reader, api, facts, this.#options);
    exchange.start(
      servers.request(head, view.method, bodyLengthOf(view), exchange, stickinessOf(view, api)),
    );
  }

  /** The request is in order, but there are too many; the connection goes, too. */
  #refuseForLoad(res: UwsResponse, limit: Admission, facts: RequestFacts): void {
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
      webSockets.open(res, context, handshake, this.#reader, api, facts);
    } else {
      webSockets.refuseUpgrade(res, facts);
    }
  }
}

/** What keeps a session on one server: some bits of its cookie's keyed hash; 0 for none. */
function stickinessOf(view: RequestView, api: CompiledApi): number {
  if (!api.definition.cookiePersistenceEnabled || view.session === "") return 0;
  return view.keys[COOKIE * KEY_WORDS] ?? 0;
}
