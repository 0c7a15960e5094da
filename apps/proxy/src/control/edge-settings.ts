import { join } from "node:path";

import type { Settings } from "@portcullis/config";
import type { Answer } from "@portcullis/core";
import type { EvidenceRules } from "@portcullis/engine";
import type { UpstreamTlsOptions } from "@portcullis/upstream";

import type { EdgeSettings } from "../edge/messages.ts";
import type { TlsSettings } from "../server/tls-server.ts";

function evidenceRules(denials: Settings["automaticDenials"]): EvidenceRules {
  const { listedLimit, sharedIdentities, sharedOffences, sparesCrossSite, unprovenLimit } = denials;
  return {
    unprovenLimit,
    listedLimit,
    sharedIdentities,
    sharedOffences,
    sharedSeconds: Math.ceil(denials.sharedDuration / 1000),
    sparesCrossSite,
  };
}

/** What of the settings an edge reads. */
export function edgeSettings(
  settings: Settings,
  logDirectory: string,
  tls: TlsSettings | undefined,
  upstreamTls: UpstreamTlsOptions,
  serverErrors: readonly Answer[],
): EdgeSettings {
  const { limits, listen, logs, timeouts, tokenVerification, upstream, webSocket } = settings;
  return {
    host: listen.http.host,
    port: listen.http.port,
    https: tls && { host: listen.https.host, port: listen.https.port, tls },
    headerBytes: limits.headerBytes,
    headers: limits.headers,
    bodyBytes: limits.bodyBytes,
    trustedProxies: settings.trustedProxies,
    hopHeader: settings.clientAddress.header,
    maxHops: settings.clientAddress.maxHops,
    ipv6Prefix: settings.automaticDenials.ipv6Prefix,
    evidence: evidenceRules(settings.automaticDenials),
    via: settings.via,
    accessLog: logs.access ? join(logDirectory, "access.log") : undefined,
    upstream: {
      connectMs: timeouts.upstreamConnect,
      firstByteMs: timeouts.upstreamFirstByte,
      idleMs: timeouts.upstreamIdle,
      keepAliveMs: timeouts.upstreamKeepAlive,
      connections: upstream.maxConnections,
      waiting: upstream.maxWaiting,
      balancing: upstream.balancing,
      tls: upstreamTls,
    },
    webSocket: {
      maxMessageBytes: webSocket.maxMessageBytes,
      idleMs: webSocket.idleTimeout,
      lifetimeMs: webSocket.maxLifetime,
    },
    inFlight: { total: limits.inFlight, perAddress: limits.inFlightPerAddress },
    tokens: {
      run: tokenVerification.run,
      threads: tokenVerification.threads,
      maxWaiting: tokenVerification.maxWaiting,
      timeoutMs: tokenVerification.timeout,
      cacheBytes: tokenVerification.cacheBytes,
    },
    requests: { bodyMs: timeouts.requestBody, totalMs: timeouts.requestTotal },
    serverErrors,
  };
}
