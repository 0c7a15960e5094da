import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { FIRST, RENEWED } from "../test/support/certificates.ts";
import { parseMetrics } from "../test/support/metrics.ts";
import { RawConnection } from "../test/support/raw-connection.ts";
import { ask } from "../test/support/request.ts";
import { waitFor } from "../test/support/wait-for.ts";
import { book, type Booked, type Load, type SoakRun } from "./soak-run.ts";

/** A log line waits less than this to be written; it goes down with its edge. */
const LOG_WAIT_MS = 1500;

const BAD_UPSTREAMS: readonly Booked[] = [
  { kind: "upstream refuses", path: "/gone/ok", statuses: [502], upstream: [0, 0] },
  { kind: "upstream hangs", path: "/shop/hang", statuses: [504] },
  { kind: "upstream hangs halfway", path: "/shop/half", statuses: [0], loggedAs: 200 },
  // Over a connection that was kept, it is sent a second time.
  { kind: "upstream resets", path: "/shop/reset", statuses: [502], upstream: [1, 2] },
  { kind: "upstream sends garbage", path: "/shop/garbage", statuses: [502] },
  // Bytes behind an answer make it a bad one, if they come with it.
  { kind: "upstream answers twice", path: "/shop/twice", statuses: [200, 502] },
  { kind: "upstream leaves", path: "/shop/leave" },
  { kind: "upstream is slow", path: "/shop/slow" },
];

/** What goes wrong on either side. */
export const FAULTS: readonly Load[] = [
  ...BAD_UPSTREAMS.map((booked, at): Load => ({
    name: booked.kind,
    restMs: 200,
    act: (run) => book(run, { ...booked, from: `127.7.0.${at + 1}` }),
  })),
  {
    name: "client leaves its upload",
    restMs: 150,
    act: (run, turn) =>
      book(run, {
        kind: "client leaves its upload",
        path: "/shop/upload",
        upload: { length: 2_000_000, isChunked: turn % 2 === 0 },
        leavesAt: 500_000,
        isTls: turn % 3 === 0,
        upstream: [0, 1],
      }),
  },
  {
    name: "client leaves its download",
    restMs: 150,
    act: (run, turn) =>
      book(run, {
        kind: "client leaves its download",
        path: `/shop/download/3000000/${turn % 2 === 0 ? "sized" : "chunked"}`,
        leavesAt: 200_000,
        isTls: turn % 3 === 0,
        upstream: [0, 1],
      }),
  },
  { name: "half a head", restMs: 300, act: leaveHalfAHead },
  { name: "slow head", restMs: 500, act: dripHead },
];

/** No request at all, and no line in the log. */
async function leaveHalfAHead({ proxy }: SoakRun): Promise<void> {
  const connection = await RawConnection.open(proxy.port, { from: "127.6.0.1" });
  connection.send("GET /shop/never HTTP/1.1\r\nHost: api.exam");
  await pause(20);
  connection.close();
}

async function dripHead(run: SoakRun): Promise<void> {
  const number = run.ledger.open("slow head", { statuses: [200], upstream: [1, 1] });
  const connection = await RawConnection.open(run.proxy.port, { from: "127.6.0.2" });
  try {
    const head = `GET /shop/ok/n${number} HTTP/1.1\r\nHost: api.example.com\r\n\r\n`;
    for (let at = 0; at < head.length; at += 5) {
      connection.send(head.slice(at, at + 5));
      await pause(40);
    }
    const { status } = await connection.answer();
    run.ledger.close(number, status);
  } catch (error) {
    run.ledger.close(number, 0, String(error));
  } finally {
    connection.close();
  }
}

/** Puts other certificates in place of those that are there. */
export function renewCertificate({ proxy }: SoakRun, turn: number): void {
  const { cert, key } = turn % 2 === 0 ? RENEWED : FIRST;
  writeFileSync(join(proxy.config, "site.pem"), cert);
  writeFileSync(join(proxy.config, "site.key"), key);
}

/** Ends one edge thread, and resolves when another has taken its place. */
export async function crashEdge({ outages, proxy, troubles }: SoakRun): Promise<void> {
  const before = await restarts(proxy.managementPort);
  const from = Date.now() - LOG_WAIT_MS;
  const at = outages.push({ from, until: Number.POSITIVE_INFINITY }) - 1;
  proxy.child.kill("SIGUSR2");
  try {
    await waitFor("the edge to be started again", async () => {
      const { status } = await ask(proxy.managementPort, { path: "/readyz" });
      return status === 200 && (await restarts(proxy.managementPort)) > before;
    });
  } catch (error) {
    troubles.push(String(error));
  }
  outages[at] = { from, until: Date.now() };
}

async function restarts(port: number): Promise<number> {
  const { text } = await ask(port, { path: "/metrics" });
  return parseMetrics(text).get("portcullis_edge_restarts_total") ?? 0;
}
