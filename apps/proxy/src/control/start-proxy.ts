import { join } from "node:path";

import { openState, type Settings, type State } from "@portcullis/config";
import type { Answer } from "@portcullis/core";
import { Counters, type ExpirySweep } from "@portcullis/engine";
import { AuditLog } from "@portcullis/logs";
import { openStore, type Store } from "@portcullis/store";
import type { UpstreamTlsOptions } from "@portcullis/upstream";

import type { TlsSettings } from "../server/tls-server.ts";
import { trustedRanges } from "../server/trusted-ranges.ts";
import { CertificateSource } from "./certificate-source.ts";
import { ConnectionCensus } from "./connection-census.ts";
import { ControlPlane } from "./control-plane.ts";
import { CounterRows } from "./counter-rows.ts";
import { DefinitionRegistry, type RegisteredApi } from "./definition-registry.ts";
import { EdgePool } from "./edge-pool.ts";
import { edgeSettings } from "./edge-settings.ts";
import { deriveKey, type EnforcementState, loadEnforcementState } from "./enforcement-state.ts";
import { type HttpListener, listen } from "./http-listener.ts";
import { openLogDirectory } from "./log-directory.ts";
import { managementApp } from "./management-app.ts";
import { reportsApp } from "./reports-app.ts";
import { ServerWatch } from "./server-watch.ts";
import { TokenKeys } from "./token-keys.ts";
import { UndoStack } from "./undo-stack.ts";
import { readUpstreamTls } from "./upstream-tls.ts";

export interface StartOptions {
  readonly configDirectory: string;
  readonly stateDirectory: string;
  readonly settings: Settings;
  /** The API definitions of the configuration directory. */
  readonly files: readonly RegisteredApi[];
  /** What clients get in place of an upstream's answer with the same status. */
  readonly serverErrors: readonly Answer[];
  /** Told of what goes wrong while it runs. Never given a secret. */
  readonly report: (what: string, error: unknown) => void;
}

/** A running proxy. */
export interface RunningProxy {
  readonly port: number;
  /** 0: no TLS listener. */
  readonly httpsPort: number;
  readonly managementPort: number;
  readonly reportsPort: number;
  /** Which build of the engine runs. */
  readonly build: string;
  readonly edges: number;
  readonly apis: number;
  readonly stateDirectory: string;
  /** For log rotation: goes on in new files of the same names. */
  reopenLogs(): void;
  /** Resolves when an edge hangs: what is left is to stop, and to end the process. */
  readonly hung: Promise<void>;
  /** Whether an edge hangs, and the process can only be killed. */
  isHung(): boolean;
  /** Not ready first, then no new connections, then the end of what was under way. */
  stop(): Promise<void>;
}

/** Starts everything in the order in which it depends on each other, and undoes it if a part fails. */
export async function startProxy(options: StartOptions): Promise<RunningProxy> {
  const undo = new UndoStack();
  try {
    const state = openState(options.stateDirectory);
    undo.add(() => state.close());
    return await startParts(options, state, undo);
  } catch (error) {
    await undo.run((problem) => options.report("could not be closed", problem));
    throw error;
  }
}

async function startParts(
  options: StartOptions,
  state: State,
  undo: UndoStack,
): Promise<RunningProxy> {
  const { report, settings } = options;
  const installationKey = Buffer.from(state.installationKey, "hex");
  const store = openStore({
    directory: join(state.directory, "store"),
    key: installationKey,
    values: settings.lists.values,
  });
  undo.add(() => store.close());
  const logDirectory = openLogDirectory(settings.logs, state.directory);
  const certificates = new CertificateSource(settings.listen.https, join(state.directory, "tls"));
  undo.add(() => certificates.close());
  const { control, sweep, tokenKeys } = buildControlPlane(options, {
    store,
    installationKey,
    logDirectory,
    tls: certificates.tls,
    upstreamTls: readUpstreamTls(settings),
  });
  let management: HttpListener | undefined = undefined;
  // After the edges: while they let their requests end, /readyz says so.
  undo.add(() => management?.close());
  undo.add(() => control.lists.flush());
  undo.add(() => sweep.stop());
  undo.add(() => control.edges.stop());
  undo.add(() => control.servers.stop());
  undo.add(() => tokenKeys.close());
  // Everything has been read, and most of it is not needed again.
  await store.releasePages();
  await tokenKeys.start();
  await control.edges.start();

  undo.add(watchConnections(control, settings, report));
  certificates.watch((tls) => control.edges.publishCertificates(tls), report);
  const { host, port } = settings.management;
  management = await listen("management", managementApp(control, state.adminSecret), host, port);
  const reports = await listenAt("reports", settings.reports, undo, () =>
    reportsApp({
      keys: state.reportKeys,
      timezone: settings.reports.timezone,
      obfuscationKey: deriveKey(installationKey, "report obfuscation", 32),
      settled: () => control.lists.flush(),
      attacksBetween: ({ api, earlier, later }) =>
        store.attacks.between({ from: earlier, to: later, api }),
      cookieOf: (api) => control.definitions.reportingCookieOf(api),
    }),
  );
  return {
    port: control.edges.port,
    httpsPort: control.edges.httpsPort,
    managementPort: management.port,
    reportsPort: reports.port,
    build: control.edges.build,
    edges: settings.edges,
    apis: control.definitions.size,
    stateDirectory: state.directory,
    hung: control.edges.hung,
    isHung: () => control.edges.isHung,
    reopenLogs: () => control.edges.reopenLogs(),
    stop: () => {
      control.announceStop();
      return undo.run((problem) => report("could not be closed", problem));
    },
  };
}

/** Counts connections by address where they are limited; returns what ends that. */
function watchConnections(
  { edges }: ControlPlane,
  { limits, trustedProxies }: Settings,
  report: StartOptions["report"],
): () => void {
  if (limits.connectionsPerAddress === 0) return () => undefined;
  const trusted = trustedRanges(trustedProxies);
  const census = new ConnectionCensus({
    limit: limits.connectionsPerAddress,
    ports: () => [edges.port, edges.httpsPort],
    isExempt: (address) => trusted.has(address),
    publish: (excess) => edges.publishExcess(excess),
    report,
  });
  return () => census.stop();
}

async function listenAt(
  what: string,
  { host, port }: { readonly host: string; readonly port: number },
  undo: UndoStack,
  app: () => Parameters<typeof listen>[1],
): Promise<HttpListener> {
  const listener = await listen(what, app(), host, port);
  undo.add(() => listener.close());
  return listener;
}

interface OpenedParts {
  readonly store: Store;
  readonly installationKey: Uint8Array;
  readonly logDirectory: string;
  readonly tls: TlsSettings | undefined;
  readonly upstreamTls: UpstreamTlsOptions;
}

function buildControlPlane(
  options: StartOptions,
  { installationKey, logDirectory, store, tls, upstreamTls }: OpenedParts,
): { readonly control: ControlPlane; readonly sweep: ExpirySweep; readonly tokenKeys: TokenKeys } {
  const { report, settings } = options;
  // The edges are built last, and two parts before them must reach them.
  let edges: EdgePool | undefined = undefined;
  const enforcement = loadEnforcementState({
    settings,
    store,
    installationKey,
    publishPart: (part) => edges?.publishPart(part),
    report,
  });
  const rows = new CounterRows();
  const definitions = new DefinitionRegistry({
    files: options.files,
    overrides: store.definitions,
    configDirectory: options.configDirectory,
    stage: (snapshot) => {
      if (edges === undefined) throw new TypeError("a change before there are edges");
      return edges.stage(snapshot, rows.rowsOf(idsOf(snapshot)));
    },
    now: Date.now,
    issuers: settings.tokenIssuers.map(({ name }) => name),
    trustsProxies: settings.trustedProxies.length > 0,
  });
  const tokenKeys = new TokenKeys({
    issuers: settings.tokenIssuers,
    publish: (issuer, keys) => edges?.publishTokenKeys(issuer, keys),
    report,
  });
  const counters = Array.from({ length: settings.edges }, () => new Counters());
  const snapshot = definitions.snapshot();
  const servers = new ServerWatch({ edges: settings.edges, tls: upstreamTls, report });
  edges = new EdgePool({
    count: settings.edges,
    settings: edgeSettings(settings, logDirectory, tls, upstreamTls, options.serverErrors),
    policy: {
      version: 1,
      snapshot,
      rows: rows.rowsOf(idsOf(snapshot)),
      seats: servers.assign(snapshot.definitions),
    },
    servers,
    tokenKeys,
    shared: enforcement,
    counters,
    onOffences: (offences) => enforcement.keeper.record(offences),
    onTrouble: report,
  });
  const control = controlPlane(enforcement, {
    store,
    definitions,
    edges,
    servers,
    counters,
    rows,
    settings,
    report,
    logDirectory,
  });
  return { control, sweep: enforcement.sweep, tokenKeys };
}

function controlPlane(
  enforcement: EnforcementState,
  parts: {
    readonly store: Store;
    readonly definitions: DefinitionRegistry;
    readonly edges: EdgePool;
    readonly servers: ServerWatch;
    readonly counters: readonly Counters[];
    readonly rows: CounterRows;
    readonly settings: Settings;
    readonly report: (what: string, error: unknown) => void;
    readonly logDirectory: string;
  },
): ControlPlane {
  const { edges, logDirectory, settings } = parts;
  return new ControlPlane({
    ...parts,
    switches: enforcement.switches,
    lists: enforcement.keeper,
    edgeCount: settings.edges,
    trustedProxies: settings.trustedProxies,
    auditLog: new AuditLog(join(logDirectory, "audit.log"), settings.reports.timezone),
    httpPort: () => edges.port,
    httpsPort: () => edges.httpsPort,
    listEntries: () => ({
      max: enforcement.lists.maxEntries(),
      listed: enforcement.lists.entries(),
    }),
  });
}

function idsOf(snapshot: { readonly definitions: readonly { readonly id: string }[] }): string[] {
  return snapshot.definitions.map((definition) => definition.id);
}
