import { DENY_SOURCES } from "@portcullis/core";
import {
  type Counters,
  CUT_CAUSES,
  type HistogramCounts,
  REASONS,
  UPSTREAM_OUTCOMES,
  VERDICT_KINDS,
} from "@portcullis/engine";

import type { ControlPlane } from "./control-plane.ts";

/**
 * The metrics in Prometheus's text format (version 0.0.4), summed over the edges.
 *
 * Labels come from definitions and from fixed sets, never from a request, so their number is
 * bounded by what the operator configured.
 */
export function renderMetrics(control: ControlPlane): string {
  const { counters } = control;
  return [
    ...requestMetrics(control),
    ...histogram(
      "portcullis_decision_seconds",
      "Time from a request's arrival to its decision.",
      sumHistograms(counters.map((each) => each.decisionTimes())),
    ),
    ...histogram(
      "portcullis_upstream_seconds",
      "Time from a request's decision to the end of its answer.",
      sumHistograms(counters.map((each) => each.upstreamTimes())),
    ),
    ...webSocketMetrics(control),
    ...listMetrics(control),
    ...processMetrics(control),
    "",
  ].join("\n");
}

function requestMetrics(control: ControlPlane): string[] {
  const requests: string[] = [];
  const reasons: string[] = [];
  const outcomes: string[] = [];
  for (const [api, row] of control.rows.entries()) {
    const total = (read: (counters: Counters) => number): number => sum(control.counters, read);
    for (const kind of VERDICT_KINDS) {
      const count = total((counters) => counters.verdicts(row, kind));
      if (count > 0)
        requests.push(sample("portcullis_requests_total", { api, verdict: kind }, count));
    }
    for (const reason of REASONS) {
      const count = total((counters) => counters.reasons(row, reason));
      if (count > 0) reasons.push(sample("portcullis_objections_total", { api, reason }, count));
    }
    UPSTREAM_OUTCOMES.forEach((outcome, column) => {
      const count = total((counters) => counters.outcomes(row, column));
      if (count > 0) outcomes.push(sample("portcullis_forwarded_total", { api, outcome }, count));
    });
  }
  return [
    ...family("portcullis_requests_total", "counter", "Requests by API and verdict.", requests),
    ...family(
      "portcullis_objections_total",
      "counter",
      "Requests that were blocked, monitored or rejected, by reason.",
      reasons,
    ),
    ...family(
      "portcullis_forwarded_total",
      "counter",
      "Forwarded requests by what became of them.",
      outcomes,
    ),
  ];
}

function webSocketMetrics({ counters }: ControlPlane): string[] {
  const byDirection = (
    name: string,
    read: (each: Counters, direction: 0 | 1) => number,
  ): string[] => [
    sample(
      name,
      { direction: "in" },
      sum(counters, (each) => read(each, 0)),
    ),
    sample(
      name,
      { direction: "out" },
      sum(counters, (each) => read(each, 1)),
    ),
  ];
  const cuts = CUT_CAUSES.map((cause) =>
    sample(
      "portcullis_websockets_cut_total",
      { cause },
      sum(counters, (each) => each.cuts(cause)),
    ),
  );
  return [
    ...single(
      "portcullis_websockets_open",
      "gauge",
      "WebSockets that are open.",
      sum(counters, (each) => each.openWebSockets()),
    ),
    ...family(
      "portcullis_websocket_messages_total",
      "counter",
      "WebSocket messages, in from clients and out to them.",
      byDirection("portcullis_websocket_messages_total", (each, way) => each.messages(way)),
    ),
    ...family(
      "portcullis_websocket_bytes_total",
      "counter",
      "Bytes of WebSocket messages.",
      byDirection("portcullis_websocket_bytes_total", (each, way) => each.messageBytes(way)),
    ),
    ...family(
      "portcullis_websockets_cut_total",
      "counter",
      "WebSockets that the proxy ended, by cause.",
      cuts,
    ),
  ];
}

function listMetrics(control: ControlPlane): string[] {
  const denied = DENY_SOURCES.map((source) =>
    sample(
      "portcullis_list_entries",
      { list: "deny", source },
      control.countListed("deny", source),
    ),
  );
  const allowed = sample(
    "portcullis_list_entries",
    { list: "allow", source: "manual" },
    control.countListed("allow", "manual"),
  );
  return [
    ...family("portcullis_list_entries", "gauge", "Entries of the lists by source.", [
      ...denied,
      allowed,
    ]),
    ...single(
      "portcullis_offences_lost_total",
      "counter",
      "Offences that were not stored because the disk did not follow.",
      control.lists.lostOffences,
    ),
  ];
}

function processMetrics(control: ControlPlane): string[] {
  const { counters, definitions, edges } = control;
  return [
    ...single("portcullis_apis", "gauge", "API definitions in force.", definitions.size),
    ...single(
      "portcullis_edges_listening",
      "gauge",
      "Edge threads that take requests.",
      edges.listening,
    ),
    ...single(
      "portcullis_servers_down",
      "gauge",
      "Upstream servers whose health checks fail.",
      control.servers.countDown(),
    ),
    ...single("portcullis_edge_restarts_total", "counter", "Edges started again.", edges.restarts),
    ...single(
      "portcullis_received_body_bytes_total",
      "counter",
      "Bytes of request bodies.",
      sum(counters, (each) => each.bytesReceived()),
    ),
    ...single(
      "portcullis_sent_body_bytes_total",
      "counter",
      "Bytes of answer bodies.",
      sum(counters, (each) => each.bytesSent()),
    ),
    ...single(
      "portcullis_access_log_lines_lost",
      "gauge",
      "Access log lines lost since the log last said so.",
      sum(counters, (each) => each.lostLines()),
    ),
    ...single(
      "process_resident_memory_bytes",
      "gauge",
      "Resident memory.",
      process.memoryUsage.rss(),
    ),
  ];
}

function histogram(name: string, help: string, counts: HistogramCounts): string[] {
  let below = 0;
  const lines = counts.buckets.map((count, bucket) => {
    below += count;
    const isLast = bucket === counts.buckets.length - 1;
    return sample(`${name}_bucket`, { le: isLast ? "+Inf" : String(2 ** bucket / 1e6) }, below);
  });
  return family(name, "histogram", help, [
    ...lines,
    sample(`${name}_sum`, {}, counts.sumMicroseconds / 1e6),
    sample(`${name}_count`, {}, below),
  ]);
}

function sumHistograms(all: readonly HistogramCounts[]): HistogramCounts {
  const width = Math.max(0, ...all.map((each) => each.buckets.length));
  return {
    buckets: Array.from({ length: width }, (_, bucket) =>
      sum(all, (each) => each.buckets[bucket] ?? 0),
    ),
    sumMicroseconds: sum(all, (each) => each.sumMicroseconds),
  };
}

function single(name: string, type: string, help: string, value: number): string[] {
  return family(name, type, help, [sample(name, {}, value)]);
}

function family(name: string, type: string, help: string, samples: readonly string[]): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples];
}

function sample(name: string, labels: Readonly<Record<string, string>>, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
  return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}`;
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function sum<T>(items: readonly T[], read: (item: T) => number): number {
  return items.reduce((total, item) => total + read(item), 0);
}
