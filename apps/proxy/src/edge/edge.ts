import { receiveMessageOnPort } from "node:worker_threads";

import {
  attachPolicy,
  ClientLists,
  compileHashKey,
  DenialScope,
  type HopSource,
} from "@portcullis/core";
import {
  AddressRecords,
  ByteMeter,
  ClientSpikes,
  Counters,
  Enforcer,
  Evidence,
  type Offence,
  OffenceBacklog,
  LearnedUsers,
  LearnedUsersTable,
  SeenIdentities,
  SharedSwitches,
  type TokenIssuers,
} from "@portcullis/engine";
import { AccessLog } from "@portcullis/logs";
import type { KeySetSource, TokenVerifier } from "@portcullis/token-pool/verify";
import { ServerStates } from "@portcullis/upstream";

import { BlindBytes } from "../server/blind-bytes.ts";
import type { Excess } from "../server/connection-excess.ts";
import { CorkHolder } from "../server/cork-holder.ts";
import type { ExchangeSettings } from "../server/exchange-settings.ts";
import { Listener } from "../server/listener.ts";
import { loadUws } from "../server/load-uws.ts";
import { Recorder } from "../server/recorder.ts";
import { RequestIds } from "../server/request-ids.ts";
import { RequestWatch } from "../server/request-watch.ts";
import { type RequestHandler, routeAll, SocketServer } from "../server/socket-server.ts";
import { TlsServer, type TlsSettings } from "../server/tls-server.ts";
import { trustedRanges } from "../server/trusted-ranges.ts";
import { TurnBytes } from "../server/turn-bytes.ts";
import { Upstreams } from "../server/upstreams.ts";
import type { Uws } from "../server/uws.ts";
import { WebSocketGateway } from "../server/websocket/gateway.ts";
import { WebSocketSessions } from "../server/websocket/sessions.ts";
import type { EdgeData, EdgeSettings, FromEdge, NumberedPolicy } from "./messages.ts";
import { tokenIssuers } from "./tokens.ts";

/** Offences travel together: most are over within a tick, and a message costs more than its content. */
const OFFENCE_DELAY_MS = 2;
const OFFENCES_AT_ONCE = 256;
/** One address may have this part of the requests that wait for their token. */
const SHARE_OF_ADDRESS = 4;
/** How long a part of the lists that was built anew may lie unread where no request comes. */
const REFRESH_MS = 1000;
const DRAIN_CHECK_MS = 10;
const DRAIN_LIMIT_MS = 10_000;
/** For the last frames to arrive: a connection that is closed with bytes unread is reset. */
const CLOSE_GRACE_MS = 100;

/** One edge thread, put together: what it shares with the others, and what is its own. */
export class Edge {
  readonly #send: (message: FromEdge) => void;
  readonly #data: EdgeData;
  readonly #enforcer: Enforcer;
  readonly #issuers: TokenIssuers;
  readonly #verifier: TokenVerifier;
  readonly #upstreams: Upstreams;
  readonly #recorder: Recorder;
  readonly #watch: RequestWatch;
  readonly #listener: Listener;
  readonly #sessions: WebSocketSessions;
  readonly #corkHolder: CorkHolder;
  readonly #log: AccessLog | undefined;
  readonly #server: SocketServer;
  readonly #tlsServer: TlsServer | undefined;
  readonly #build: string;
  readonly #backlog: OffenceBacklog;
  readonly #refreshTimer: NodeJS.Timeout;
  #offences: Offence[] = [];
  #offenceTimer: NodeJS.Timeout | undefined = undefined;

  constructor(data: EdgeData, verifier: TokenVerifier, send: (message: FromEdge) => void) {
    this.#data = data;
    this.#verifier = verifier;
    this.#send = send;
    const { settings } = data;
    this.#backlog = new OffenceBacklog(data.backlog);
    const policy = attachPolicy(data.policy.snapshot, settings.hopHeader);
    const loaded = loadUws();
    this.#build = loaded.description;
    const hashKey = compileHashKey(data.hashKey);
    this.#issuers = tokenIssuers(data.tokenIssuers, send);
    const lists = attachLists(data);
    this.#refreshTimer = setInterval(() => lists.refresh(), REFRESH_MS).unref();
    const hops: HopSource = {
      header: settings.hopHeader,
      trusted: trustedRanges(settings.trustedProxies),
      maxHops: settings.maxHops,
    };
    const denialScope = new DenialScope(settings.ipv6Prefix, hops.trusted);
    this.#enforcer = new Enforcer({
      policy,
      lists,
      switches: new SharedSwitches(data.switches),
      backlog: this.#backlog,
      spikes: new ClientSpikes(hashKey, data.spikes),
      hashKey,
      tokenCacheBytes: settings.tokens.cacheBytes,
      tokens: {
        issuers: this.#issuers,
        verifier,
        now: Date.now,
        onTrouble: (error) => this.#trouble("could not verify a token", error),
      },
      denialScope,
      evidence: new Evidence(
        settings.evidence,
        new SeenIdentities(data.identities.seen),
        new AddressRecords(hashKey, denialScope, data.identities.addresses),
      ),
      learned: new LearnedUsers(new LearnedUsersTable(data.identities.learned), hashKey),
      onOffence: (offence) => this.#report(offence),
    });
    this.#upstreams = new Upstreams(
      settings.upstream,
      new ServerStates(data.serverStates, data.number),
      policy,
      data.policy.seats,
    );
    this.#log = settings.accessLog === undefined ? undefined : new AccessLog(settings.accessLog);
    const counters = new Counters(data.counters);
    this.#recorder = new Recorder(counters, this.#log, data.policy.rows);
    this.#sessions = new WebSocketSessions({
      enforcer: this.#enforcer,
      recorder: this.#recorder,
      counters,
      meter: new ByteMeter(data.byteMeter),
      limits: settings.webSocket,
    });
    const { uws } = loaded;
    // Before anything listens: a certificate the engine refuses throws here, and a thread that
    // ends with an open listen socket aborts the process.
    this.#server = new SocketServer(uws, routeAll(uws.App(), this.#handlerFor("http", uws)));
    const { https } = settings;
    this.#tlsServer =
      https === undefined
        ? undefined
        : new TlsServer(uws, https.tls, this.#handlerFor("https", uws));
    this.#corkHolder = new CorkHolder(uws);
    this.#watch = new RequestWatch(settings.requests);
    this.#listener = new Listener({
      enforcer: this.#enforcer,
      upstreams: this.#upstreams,
      recorder: this.#recorder,
      requestIds: new RequestIds(data.number),
      hops,
      via: settings.via,
      headLimits: { fields: settings.headers, bytes: settings.headerBytes },
      inFlight: settings.inFlight,
      waiting: {
        limit: settings.tokens.maxWaiting,
        perAddress: Math.ceil(settings.tokens.maxWaiting / SHARE_OF_ADDRESS),
        timeoutMs: settings.tokens.timeoutMs,
      },
      exchanges: exchangeSettings(settings, this.#watch, this.#corkHolder, loaded.largestLength),
      webSockets: new WebSocketGateway({
        upstreams: this.#upstreams,
        recorder: this.#recorder,
        sessions: this.#sessions,
        hops,
        via: settings.via,
        corkHolder: this.#corkHolder,
      }),
    });
  }

  /** Starts to listen and says so, or says that it cannot and returns false. */
  listen(): boolean {
    const { host, https, port } = this.#data.settings;
    const bound = this.#server.listen(host, port);
    if (bound === undefined) {
      this.#send({ kind: "failed", message: `cannot listen on ${host}:${port}` });
      return false;
    }
    const httpsPort = https === undefined ? 0 : this.#tlsServer?.listen(https.host, https.port);
    if (httpsPort === undefined) {
      this.#send({ kind: "failed", message: `cannot listen on ${https?.host}:${https?.port}` });
      return false;
    }
    this.#send({ kind: "listening", port: bound, httpsPort, build: this.#build });
    return true;
  }

  /** New TLS connections get these certificates; the old ones go on where these cannot be used. */
  takeCertificates(tls: TlsSettings): void {
    try {
      this.#tlsServer?.reload(tls);
    } catch (error) {
      this.#trouble("goes on with the old certificates", error);
    }
  }

  /** Every request from now on is decided by `policy`; those under way end with the one they began with. */
  takePolicy(policy: NumberedPolicy): void {
    const attached = attachPolicy(policy.snapshot, this.#data.settings.hopHeader);
    this.#enforcer.replacePolicy(attached);
    this.#upstreams.replacePolicy(attached, policy.seats);
    this.#recorder.replaceRows(policy.rows);
    this.#listener.policyReplaced();
    this.#sessions.policyReplaced(attached);
    this.#send({ kind: "policy-taken", version: policy.version });
  }

  /** Tokens that come from now on are verified by these keys. */
  takeTokenKeys(issuer: string, keys: KeySetSource | undefined): void {
    this.#issuers.get(issuer)?.take(keys);
  }

  /** Connections that are to be closed as soon as a request comes on them. */
  takeExcess(excess: Excess): void {
    this.#listener.excess.replace(excess);
  }

  reopenLog(): void {
    this.#log?.reopen();
  }

  /** Takes no new connections, lets requests end, then lets go of everything. */
  async stop(): Promise<void> {
    this.#server.stopListening();
    this.#tlsServer?.stopListening();
    const hasSockets = this.#sessions.size > 0;
    this.#sessions.closeAll();
    await this.#drained();
    if (hasSockets) await new Promise((resolve) => setTimeout(resolve, CLOSE_GRACE_MS));
    this.#sendOffences();
    this.closeNow();
    await Promise.all([this.#log?.close(), this.#verifier.close()]);
  }

  /** Closes every socket at once. */
  closeNow(): void {
    this.#server.close();
    this.#tlsServer?.close();
    this.#corkHolder.close();
    this.#upstreams.destroy();
    this.#watch.stop();
    clearInterval(this.#refreshTimer);
  }

  #handlerFor(scheme: "http" | "https", uws: Uws): RequestHandler {
    const onError = (error: unknown): void => this.#trouble("lost a connection", error);
    return {
      handle: (res, req, context) => this.#listener.handle(res, req, scheme, context),
      webSockets: (upgrade) => this.#sessions.behavior(uws, upgrade, onError),
      onError,
    };
  }

  #trouble(what: string, error: unknown): void {
    const message = error instanceof Error ? (error.stack ?? error.message) : "";
    this.#send({ kind: "trouble", what, message });
  }

  #drained(): Promise<void> {
    const deadline = performance.now() + DRAIN_LIMIT_MS;
    return new Promise((resolve) => {
      const check = (): void => {
        if (this.#listener.inFlight === 0 || performance.now() > deadline) resolve();
        else setTimeout(check, DRAIN_CHECK_MS);
      };
      check();
    });
  }

  #report(offence: Offence): void {
    this.#offences.push(offence);
    if (this.#offences.length >= OFFENCES_AT_ONCE) this.#sendOffences();
    else this.#offenceTimer ??= setTimeout(() => this.#sendOffences(), OFFENCE_DELAY_MS);
  }

  #sendOffences(): void {
    clearTimeout(this.#offenceTimer);
    this.#offenceTimer = undefined;
    if (this.#offences.length === 0) return;
    this.#backlog.open(this.#offences.length);
    this.#send({ kind: "offences", offences: this.#offences });
    this.#offences = [];
  }
}

function exchangeSettings(
  { bodyBytes, serverErrors }: EdgeSettings,
  watch: RequestWatch,
  corks: CorkHolder,
  largestLength: number,
): ExchangeSettings {
  return {
    corks,
    blindBytes: new BlindBytes(),
    turnBytes: new TurnBytes(),
    watch,
    primed: new Set(),
    bodyLimit: bodyBytes,
    lengthLimit: largestLength,
    serverErrors: new Map(serverErrors.map((answer) => [answer.status, answer])),
  };
}

function attachLists(data: EdgeData): ClientLists {
  return new ClientLists({
    key: compileHashKey(data.hashKey),
    buffers: data.lists,
    writerId: data.number,
    replaced: () => {
      const received: unknown = receiveMessageOnPort(data.listParts)?.message;
      return received instanceof SharedArrayBuffer ? received : undefined;
    },
  });
}
