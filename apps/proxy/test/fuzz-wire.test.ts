import { randomInt } from "node:crypto";

import { beforeAll, expect, test } from "vitest";

import { definition } from "./support/definition.ts";
import { CLOSED_WITHIN_MS } from "./support/engine.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { RawConnection } from "./support/raw-connection.ts";
import { valuesOf } from "./support/strict-reading.ts";
import { type ParsedRequest, StrictUpstream } from "./support/strict-upstream.ts";
import { wireCase } from "./support/wire-grammar.ts";
import { answersIn, faultsOf, faultsOfStream, isAllAnswered } from "./support/wire-outcome.ts";

/**
 * A short run has 1500 cases. A long one: `PORTCULLIS_FUZZ_CASES=100000 pnpm exec vitest run
 * test/fuzz-wire.test.ts`. A failure names its seeds; `PORTCULLIS_FUZZ_SEED` set to one repeats it.
 */
const CASES = Number(process.env["PORTCULLIS_FUZZ_CASES"] ?? 1500);
const SEED = Number(process.env["PORTCULLIS_FUZZ_SEED"] ?? randomInt(2 ** 31));
/** Connections open at a time: many wait for the engine to close them. */
const OPEN_AT_ONCE = 1500;
const RUN_LIMIT_MS = 60_000 + CASES * 40;

interface Sent {
  readonly seed: number;
  readonly raw: string;
  readonly from: string;
  readonly received: string;
  /** Neither answered nor closed. */
  readonly isLeftOpen: boolean;
}

let proxy: ProxyProcess;
let upstream: StrictUpstream;

beforeAll(async () => {
  upstream = await StrictUpstream.start();
  proxy = await ProxyProcess.start({
    apis: { every: definition("/", upstream.port) },
    yaml: "enforcement: { ase_detected_attack: false }\n",
  });
});

test(
  `what the upstream reads is what was sent, or nothing is (seed ${SEED}, ${CASES} cases)`,
  async () => {
    const sent = await sendAll();
    await proxy.stop();
    const byClient = groupByClient(upstream);
    const failures = sent.flatMap((each) => {
      const mine = byClient.get(each.from) ?? [];
      byClient.delete(each.from);
      const faults = faultsOf({ ...each, upstream: mine });
      if (each.isLeftOpen) faults.push("neither answered nor closed");
      // As JSON: what goes wrong is often a byte that is not to be seen.
      return faults.length === 0 ? [] : [JSON.stringify({ ...each, faults, mine })];
    });
    expect(failures.slice(0, 5)).toEqual([]);
    expect([...byClient.values()].flat()).toEqual([]);
    expect(upstream.streams.flatMap(faultsOfStream)).toEqual([]);
    // Not everything is refused: else nothing would have been shown.
    const served = sent.flatMap(({ received }) => answersIn(received)).filter(isServed);
    expect(served.length).toBeGreaterThanOrEqual(CASES >= 100 ? CASES / 5 : 0);
  },
  RUN_LIMIT_MS,
);

function isServed({ status }: { readonly status: number }): boolean {
  return status === 200;
}

/** Sends every case, as many at a time as may be open. */
async function sendAll(): Promise<Sent[]> {
  const sent: Sent[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < CASES; index = next++) sent.push(await send(index));
  };
  await Promise.all(Array.from({ length: Math.min(OPEN_AT_ONCE, CASES) }, worker));
  return sent;
}

/** Sends one case from an address of its own, by which its requests are known at the upstream. */
async function send(index: number): Promise<Sent> {
  const seed = (SEED + index) % 2 ** 32;
  const { raw, pieces } = wireCase(seed);
  const from = `127.${64 + (index >> 14)}.${1 + ((index >> 7) & 127)}.${1 + (index & 127)}`;
  const connection = await RawConnection.open(proxy.port, { from });
  for (const piece of pieces) {
    if (connection.isOver) break;
    connection.send(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const isLeftOpen = await connection
    .until((received) => isAllAnswered(raw, received), CLOSED_WITHIN_MS)
    .then(() => false)
    .catch(() => true);
  const received = connection.received();
  connection.close();
  return { seed, raw, from, received, isLeftOpen };
}

/** The upstream's requests by the client they came from, in the order in which they came. */
function groupByClient({ streams }: StrictUpstream): Map<string, ParsedRequest[]> {
  const byClient = new Map<string, ParsedRequest[]>();
  const requests = streams.flatMap((stream) => stream.requests);
  for (const request of requests.toSorted((a, b) => a.order - b.order)) {
    const [from = ""] = valuesOf(request.fields, "x-forwarded-for");
    byClient.set(from, [...(byClient.get(from) ?? []), request]);
  }
  return byClient;
}
