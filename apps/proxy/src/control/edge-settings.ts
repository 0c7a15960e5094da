import { join } from "node:path";

import { type Settings } from "@portcullis/config";

import { type EdgeSettings } from "../edge/messages.ts";

/** What of the settings an edge reads. */
export function edgeSettings(settings: Settings, logDirectory: string): EdgeSettings {
  const { limits, listen, logs, timeouts, upstream } = settings;
  return {
    host: listen.http.host,
    port: listen.http.port,
    headerBytes: limits.headerBytes,
    headers: limits.headers,
    bodyBytes: limits.bodyBytes,
    trustedProxies: settings.trustedProxies,
    accessLog: logs.access ? join(logDirectory, "access.log") : undefined,
    upstream: {
      connectMs: timeouts.upstreamConnect,
      firstByteMs: timeouts.upstreamFirstByte,
      idleMs: timeouts.upstreamIdle,
      keepAliveMs: timeouts.upstreamKeepAlive,
      connections: upstream.maxConnections,
    },
  };
}
